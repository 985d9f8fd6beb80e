"""No row is lost between reading and its fate; too many refused rows stop the run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from recsys.program.errors import DataError
from recsys.shop_csv.accounts import (
    Account,
    Limit,
    fault_of,
    forget_rows,
    judge,
    quarantine_table,
    refuse,
)
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.reasons import REASONS
from recsys.shop_csv.records import Block, Refused
from tests.worlds import complains, lines

SHA, OTHER = "a" * 64, "b" * 64


def refused(*reasons: str) -> list[Refused]:
    """A row for each reason, from line 2 on."""
    return [
        Refused(line, f"raw {line}", "", reason)
        for line, reason in enumerate(reasons, start=2)
    ]


def account(path: Path, read: int, *reasons: str, **counts: int) -> Account:
    return Account(Source.of(path), SHA, read, refused=refused(*reasons), **counts)


# ---- counts ----


def test_counts_of_a_file_by_hand(tmp_path: Path) -> None:
    found = account(
        tmp_path / "x.csv", 9, "cells", "quote", accepted=4, duplicates=3
    ).counts()
    assert found == {"read": 9, "accepted": 4, "duplicates": 3, "quarantined": 2}
    assert Account(Source.of(tmp_path / "x.csv"), SHA).counts() == dict.fromkeys(
        found, 0
    )


@pytest.mark.parametrize(
    "change",
    [{"read": 8}, {"accepted": 5}, {"duplicates": 2}, {"refused": refused("cells")}],
)
def test_a_row_that_is_lost_or_doubled_is_a_bug_that_names_the_file(
    tmp_path: Path, change: dict[str, int]
) -> None:
    whole = account(tmp_path / "x.csv", 9, "cells", "quote", accepted=4, duplicates=3)
    with pytest.raises(AssertionError, match=r"x\.csv"):
        replace(whole, **change).counts()


def test_a_row_is_refused_once_for_the_first_column_that_is_wrong() -> None:
    raw = ["r2", "r3", "r5", "r6"]
    block = Block({"a": pa.array(raw, pa.string())}, np.array([2, 3, 5, 6]), raw)
    good, bad = judge(
        block,
        {
            "a": np.array(["", "id_empty", "", "id_long"]),
            "b": np.array(["", "cells", "quote", ""]),
        },
    )
    assert good.tolist() == [True, False, False, False]
    assert sorted(bad, key=lambda row: row.line) == [
        Refused(3, "r3", "a", "id_empty"),
        Refused(5, "r5", "b", "quote"),
        Refused(6, "r6", "a", "id_long"),
    ]


def test_mended_rows_leave_the_account_those_of_other_lines_and_files_stay(
    tmp_path: Path,
) -> None:
    one = account(tmp_path / "x.csv", 9, "cells", "quote", "long", accepted=6)
    assert (
        forget_rows(one, {(SHA, 2), (SHA, 4), (SHA, 7), (OTHER, 3)}) == 2
    )  # line 7 was accepted: it stays
    assert one.counts() == {"read": 7, "accepted": 6, "duplicates": 0, "quarantined": 1}
    assert one.refused == refused("cells", "quote", "long")[1:2]
    assert forget_rows(one, {(SHA, 2), (SHA, 4)}) == 0
    assert one.read == 7


def test_nothing_is_mended_where_nobody_said_so(tmp_path: Path) -> None:
    one = account(tmp_path / "x.csv", 3, "cells", accepted=2)
    assert forget_rows(one, set()) == 0
    assert one.counts()["quarantined"] == 1


# ---- too many refused ----


@pytest.mark.parametrize(
    ("read", "bad", "limit", "stops"),
    [
        (4, 2, 0.5, False),  # exactly the share
        (4, 3, 0.5, True),
        (4, 0, 0.0, False),
        (4, 1, 0.0, True),
        (4, 4, 1.0, False),
        (3, 3, 0.5, False),  # too few rows for a share to say something
        (0, 0, 0.0, False),  # an empty file
    ],
)
def test_more_than_the_share_stops_from_so_many_rows_on(
    tmp_path: Path, read: int, bad: int, limit: float, stops: bool
) -> None:
    one = account(
        tmp_path / "x.csv", read, *["rating_range"] * bad, accepted=read - bad
    )
    fault = fault_of(one, Limit(limit, 4))
    if not stops:
        assert fault == ""
        refuse(one, fault)
        return
    with complains(
        DataError,
        tmp_path / "x.csv",
        f"{bad} of {read} rows",
        f"({limit:g})",
        "max_refused_share",
    ):
        refuse(one, fault)


def test_the_message_names_the_worst_reason_its_first_line_and_how_to_mend_it(
    tmp_path: Path,
) -> None:
    one = account(tmp_path / "x.csv", 5, "quote", "time_format", "cells", "time_format")
    assert fault_of(one, Limit(0.5, 1)) == (
        "4 of 5 rows are refused, more than merge.max_refused_share (0.5); "
        f"most for time_format, first line 3: {REASONS['time_format'].hint}. "
        "Mend the file"
    )


TEXT = lines(
    "user_id,comment",
    ["a,Sản phẩm rất tốt, tôi sẽ mua lại lần nữa và giới thiệu cho bạn bè của tôi"] * 5,
)


RUSSIAN = lines(
    "user_id,comment",
    ["a,Очень хороший крем, кожа стала мягкой и гладкой, буду покупать ещё"] * 5,
)


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        (RUSSIAN.encode("windows-1251"), "cp1251"),
        (RUSSIAN.encode("koi8-r"), "koi8_r"),
        (b"user_id,comment\n" + TEXT.encode("utf-16-le"), "UTF-16"),
        (b"user_id\n\xff\x00\xfe\n", "a binary file"),
        ("user_id\nUne crème très légère, déjà adorée\n".encode("latin-1"), "latin-1"),
        ("user_id\n„Schöne Grüße“ – 5 €\n".encode("cp1252"), "latin-1"),
        ("user_id\nświetny krem, polecam każdemu\n".encode("cp1250"), "cp1250"),
    ],
)
def test_rows_that_are_not_utf8_are_said_to_look_like_their_encoding(
    tmp_path: Path, content: bytes, guess: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    fault = fault_of(account(path, 2, "encoding", "encoding"), Limit(0.5, 1))
    told = f"most for encoding, first line 2: it looks like {guess}"
    assert told in fault


def test_the_encoding_is_guessed_only_if_most_rows_are_refused_for_it(
    tmp_path: Path,
) -> None:
    # the file is not even there to look at
    one = account(tmp_path / "x.csv", 3, "cells", "encoding", "cells")
    assert f"most for cells, first line 2: {REASONS['cells'].hint}" in fault_of(
        one, Limit(0.5, 1)
    )


# ---- the quarantine ----


def test_the_quarantine_is_by_file_and_line_with_a_hint_for_each_row(
    tmp_path: Path,
) -> None:
    first = Account(
        Source.of(tmp_path / "b.csv"), SHA, refused=refused("cells", "quote")[::-1]
    )
    second = Account(
        Source.of(tmp_path / "a.csv"),
        OTHER,
        refused=[Refused(2, 'x,"\n', "rating", "rating_range")],
    )
    assert quarantine_table([first, second]).rows(named=True) == [
        {
            "file": file,
            "sha256": sha,
            "line": line,
            "raw": raw,
            "column": column,
            "reason": why,
            "hint": REASONS[why].hint,
        }
        for file, sha, line, raw, column, why in (
            ("b.csv", SHA, 2, "raw 2", "", "cells"),
            ("b.csv", SHA, 3, "raw 3", "", "quote"),
            ("a.csv", OTHER, 2, 'x,"\n', "rating", "rating_range"),
        )
    ]


def test_an_empty_quarantine_has_its_columns(tmp_path: Path) -> None:
    table = quarantine_table([account(tmp_path / "x.csv", 0)])
    assert (
        table.schema
        == quarantine_table([account(tmp_path / "x.csv", 1, "cells")]).schema
    )
    assert (len(table), table.schema["line"]) == (0, pl.Int64)
