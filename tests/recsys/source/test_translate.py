"""A foreign file becomes one of the contract: same cells, no row lost, lines and reasons kept."""

import csv
import io
import json
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import PRODUCTS, STAGING, Limits
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.reviews import Rules, read_interactions
from recsys.shop_csv.times import TimeRules
from recsys.source.params import InteractionFiles
from tests.recsys.source.mapping import interactions, products, translated

HEAD = ",".join(STAGING.columns)
LIMITS = Limits(file_bytes=10**9, rows=10**6, columns=256, field_bytes=10**5)
RULES = Rules(TimeRules(("iso8601", "epoch_s"), "UTC", date(2000, 1, 1)))
NOW = datetime(2024, 6, 1, tzinfo=UTC)
T = "2024-01-01 10:00:00"


def account_of(
    folder: Path, content: bytes, params: InteractionFiles
) -> tuple[list[tuple[str, str, float, str, int]], Account]:
    """The rows that are accepted of a file, and its account."""
    text, done = translated(folder, content, params)
    source = Source(
        "a.csv",
        "a.csv",
        lambda: io.BytesIO(text.encode()),
        as_it_stands=done.origin.of,
    )
    account = Account(source, "")
    rows = read_interactions(account, STAGING, RULES, NOW, LIMITS)
    shown = rows.select("user_id", "product_id", "rating", "comment", "line").rows()
    return shown, account


def test_cells_stay_as_they_are_and_texts_are_joined(tmp_path: Path) -> None:
    content = f'user,item,stars,when,note,more\nu1,p1,4.5,{T},"a ""b""",c\n'
    text, _ = translated(
        tmp_path, content.encode(), interactions(text=["note", "more"])
    )
    assert text == f'{HEAD}\nu1,p1,4.5,"a ""b""\nc",{T}\n'


@pytest.mark.parametrize(
    ("scale", "cells"),
    [
        ((1, 10), {"10": 5, "1": 1, "5,5": 3, "3": 1.888889, "11": None, "0": None}),
        ((0, 1), {"1": 5, "0": 1, "0,5": 3, "2": None}),
        ((-10, 10), {"-10": 1, "10": 5, "0": 3, "-11": None}),
        ((20, 100), {"20": 1, "100": 5, "3": None, "": None, "good": None}),
    ],
)
def test_ratings_of_a_scale_of_their_own_become_stars(
    tmp_path: Path, scale: tuple[float, float], cells: dict[str, float | None]
) -> None:
    """What lies beyond the scale is no star, whichever number it is."""
    rows = "".join(f"u1;p1;{cell};{T};\n" for cell in cells)
    mapping = interactions(separator=";", decimal_comma=True, scale=list(scale))
    content = f"user;item;stars;when;note\n{rows}".encode()
    shown, account = account_of(tmp_path, content, mapping)
    assert [row[2] for row in shown] == [star for star in cells.values() if star]
    assert len(account.refused) == list(cells.values()).count(None)
    assert set(account.ratings.counts) & {0.0} == ({0.0} if "11" in cells else set())


def test_a_decimal_comma_becomes_a_point_and_latin_1_utf_8_both_counted(
    tmp_path: Path,
) -> None:
    content = f"user;item;stars;when;note\nu1;p1;4,5;{T};très\n".encode("cp1252")
    mapping = interactions(separator=";", decimal_comma=True, encoding="cp1252")
    text, done = translated(tmp_path, content, mapping)
    assert text == f"{HEAD}\nu1,p1,4.5,très,{T}\n"
    assert done.counts.as_json() == {
        "rows": 1,
        "left_out": {},
        "converted": {"decimal commas": 1, "rows from cp1252": 1},
    }


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1258", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    content = f"user,item,stars,when,note\r\nu1,p1,5,{T},đ\r\n".encode(encoding)
    text, _ = translated(tmp_path, content, interactions(encoding=encoding))
    assert text == f"{HEAD}\nu1,p1,5,đ,{T}\n"


def test_purchases_are_five_stars(tmp_path: Path) -> None:
    mapping = interactions(rating="", text=[])
    text, done = translated(tmp_path, f"user,item,when\nu1,p1,{T}\n".encode(), mapping)
    assert text == f"{HEAD}\nu1,p1,5,,{T}\n"
    assert done.counts.converted == {"rows without a rating, taken as 5": 1}


def test_events_become_ratings_are_left_out_or_refused(tmp_path: Path) -> None:
    mapping = interactions(
        rating="",
        event="kind",
        text=[],
        weights={"view": 0.2, "buy": 1.0, "scroll": 0.0},
    )
    kinds = ("view", "scroll", "buy", "7")
    rows = "".join(f"u{at},p1,{kind},{T}\n" for at, kind in enumerate(kinds))
    found, account = account_of(
        tmp_path, f"user,item,kind,when\n{rows}".encode(), mapping
    )
    assert found == [("u0", "p1", 4.2, "", 2), ("u2", "p1", 5.0, "", 4)]
    assert [(row.line, row.column, row.reason) for row in account.refused] == [
        (5, "rating", "source_event")
    ]
    assert account.counts()["read"] == 3


def test_an_accent_of_an_event_is_the_same_in_both_of_its_forms(tmp_path: Path) -> None:
    forms = [unicodedata.normalize(form, "đã mua") for form in ("NFC", "NFD")]
    for kind in forms:
        mapping = interactions(rating="", event="kind", text=[], weights={kind: 1.0})
        rows = "".join(f"u,p{at},{one},{T}\n" for at, one in enumerate(forms))
        found, account = account_of(
            tmp_path, f"user,item,kind,when\n{rows}".encode(), mapping
        )
        assert len(found) == 2 and not account.refused


def test_a_kind_of_event_without_a_name_is_counted_as_such(tmp_path: Path) -> None:
    for weight in (0.0, 1.0):
        mapping = interactions(rating="", event="kind", text=[], weights={"": weight})
        rows = f"user,item,kind,when\nu,p,,{T}\n".encode()
        counts = translated(tmp_path, rows, mapping)[1].counts
        named = [*counts.left_out, *counts.converted]
        assert named == ["events (empty), taken as 5" if weight else "(empty)"]


def test_lines_are_those_of_the_foreign_file(tmp_path: Path) -> None:
    rows = [
        {"user": "u1", "item": "p1", "stars": 5, "when": T, "note": "two\nlines"},
        {"user": "u2", "item": "p1", "stars": 9, "when": T},
        {"user": "u3", "item": "p1", "stars": 4, "when": T},
    ]
    content = "\n".join(
        [json.dumps(rows[0]), "", "{broken", *map(json.dumps, rows[1:])]
    )
    found, account = account_of(
        tmp_path, content.encode(), interactions(format="jsonl")
    )
    assert [(row[0], row[-1]) for row in found] == [("u1", 1), ("u3", 5)]
    refused = {row.line: (row.reason, row.raw) for row in account.refused}
    assert refused == {
        3: ("source_record", '"{broken"'),
        4: ("rating_range", f"u2,p1,9,,{T}"),
    }


def test_a_byte_that_the_encoding_does_not_have_costs_its_row(tmp_path: Path) -> None:
    content = f"user,item,stars,when,note\nu1,p1,5,{T},caf\n".encode()
    content += b"u2,p1,5," + T.encode() + b",caf\xe9\n"
    found, account = account_of(tmp_path, content, interactions())
    assert [row[0] for row in found] == ["u1"]
    assert [(row.line, row.reason) for row in account.refused] == [(3, "encoding")]


def test_a_row_of_another_encoding_is_refused_and_not_misread(tmp_path: Path) -> None:
    """An export that was in Windows-1252 comes in UTF-8 one day, or half of it does."""
    content = f"user,item,stars,when,note\ncaf\xe9,p1,5,{T},na\xefve\n".encode("cp1252")
    content += f"café,p1,5,{T},naïve\nu3,p1,5,{T},plain\n".encode()
    found, account = account_of(tmp_path, content, interactions(encoding="cp1252"))
    assert [row[0] for row in found] == ["café", "u3"]
    assert [(row.line, row.reason) for row in account.refused] == [(3, "encoding")]


def test_formulas_of_a_spreadsheet_are_texts_and_counted(tmp_path: Path) -> None:
    content = (
        f'user,item,stars,when,note\n="0012",p1,5,{T},x\n"=""0013""",p1,"=""5""",{T},y\n'
        f'u3,p1,5,{T},"<a href=""x"">"\n'
    )
    found, done = translated(tmp_path, content.encode(), interactions())
    rows = list(csv.reader(io.StringIO(found)))[1:]
    assert [row[:3] for row in rows] == [
        ["0012", "p1", "5"],
        ["0013", "p1", "5"],
        ["u3", "p1", "5"],
    ]
    assert done.counts.converted == {'rows with ="..." of a spreadsheet': 2}


def test_two_lost_quotes_cannot_swallow_a_row(tmp_path: Path) -> None:
    header = "user,item,stars,note,when\n"
    content = f'{header}u1,p1,5,"good,{T}\nu2,p2,4,fine",{T}\nu3,p1,5,"a\nb",{T}\n'
    found, account = account_of(tmp_path, content.encode(), interactions())
    assert [row[0] for row in found] == ["u3"]
    assert [(row.line, row.reason) for row in account.refused] == [(2, "swallowed")]


def test_products_have_one_description_of_all_texts(tmp_path: Path) -> None:
    content = b'id,title,words,more\np1,Tea,"green, fresh",leaf\n'
    mapping = products(texts=["words", "more"])
    text, _ = translated(tmp_path, content, mapping)
    header, row = list(csv.reader(io.StringIO(text)))
    assert dict(zip(header, row, strict=True)) == {
        **dict.fromkeys(PRODUCTS.columns, ""),
        "product_id": "p1",
        "product_name": "Tea",
        "processed_description": "green, fresh. leaf",
    }


def test_names_of_products_are_kept(tmp_path: Path) -> None:
    content = f"user,item,stars,when,note\nu1,p1,5,{T},Tea\nu2,p1,5,{T},Other\n"
    _, done = translated(
        tmp_path, content.encode(), interactions(product_name="note", text=[])
    )
    assert done.names == {"p1": "Tea"}


CELLS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('",;\n\r\0'))


@settings(deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["5", "4,5", "x"]), CELLS)),
    st.sampled_from([",", ";", "\t", "::"]),
)
def test_no_row_is_lost_and_none_is_changed(
    rows: list[tuple[str, str, str, str]], separator: str
) -> None:
    """read = accepted + refused, one for each row of a correct writer; what is accepted has the
    texts that were written.
    """
    lines = (
        ["user", "item", "stars", "when", "note"],
        *((user, item, stars, T, note) for user, item, stars, note in rows),
    )
    quoted = [
        separator.join('"' + cell.replace('"', '""') + '"' for cell in line)
        for line in lines
    ]
    mapping = interactions(separator=separator, decimal_comma=True)
    with TemporaryDirectory() as folder:
        content = "".join(f"{line}\n" for line in quoted).encode()
        found, account = account_of(Path(folder), content, mapping)
    assert account.counts()["read"] == len(rows)
    starts = dict(zip(_lines(quoted), rows, strict=True))
    for user, _, rating, note, line in found:
        wanted = starts[line]
        assert (rating, note) == (float(wanted[2].replace(",", ".")), wanted[3])
        assert user in (wanted[0].strip(), user)
    assert {row.line for row in account.refused} <= set(starts)


def _lines(records: list[str]) -> list[int]:
    """The line at which each record but the first begins."""
    starts, line = [], 1
    for record in records:
        starts.append(line)
        line += record.count("\n") + 1
    return starts[1:]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["csv", "jsonl"]))
def test_any_bytes_are_accounted_for(content: bytes, form: str) -> None:
    assume(form == "csv" or not content.startswith(b"\x1f\x8b"))  # that is gzip
    header = b"" if form == "jsonl" else b"user,item,stars,when,note\n"
    with TemporaryDirectory() as folder:
        _, account = account_of(
            Path(folder), header + content, interactions(format=form)
        )
    counts = account.counts()
    assert counts["read"] == counts["accepted"] + counts["quarantined"]
