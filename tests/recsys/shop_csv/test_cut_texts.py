"""A text that is cut at a line break never passes for the whole of it."""

import csv
import io
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.shop_csv import reviews
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.csv_file import Source, read_blocks
from recsys.shop_csv.reviews import open_account, read_interactions
from tests.recsys.shop_csv.plain_loop import quick
from tests.recsys.shop_csv.read_drop import (
    CAME,
    LIMITS,
    RULES,
    Z_ROW,
    T,
    Z,
    read_drop,
)

LAST = "user_id,product_id,rating,timestamp,comment"
FIRST = "comment,user_id,product_id,rating,timestamp"
GOOD_LAST, GOOD_FIRST = f"z,p9,3,{T},", f",z,p9,3,{T}"


@pytest.mark.parametrize("after", ["\n", "\r\n", "\nb,p1,5,2024-03-01,fine\n", "\n\n"])
def test_a_bare_comment_at_the_end_of_a_row_may_go_on_in_a_blank_line(
    tmp_path: Path, after: str
) -> None:
    path = tmp_path / "last.csv"
    path.write_bytes(
        b"user_id,product_id,rating,timestamp,comment\n"
        + f"a,p1,5,2024-03-01,good\n{after}".encode()
    )
    account = open_account(Source.of(path), STAGING, "")
    rows = read_interactions(account, STAGING, RULES, CAME, LIMITS)
    assert [(row.line, row.reason) for row in account.refused] == [(2, "cut")]
    assert rows["comment"].to_list() == (["fine"] if "fine" in after else [])


@pytest.mark.parametrize("block_bytes", [1 << 20, 90, 60])
def test_what_follows_in_the_next_block_may_be_the_rest_of_a_comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    """The quote that opens the text of line 2 is lost: the one that closes it opens another one,
    which is read to the end of the file before it is refused.
    """
    monkeypatch.setattr(
        reviews, "read_blocks", partial(read_blocks, block_bytes=block_bytes)
    )
    path = tmp_path / "last.csv"
    path.write_bytes(
        b"user_id,product_id,rating,timestamp,comment\n"
        b'a,p1,5,2024-03-01,good\n"\nb,p1,5,2024-03-01,fine\nc,p1,4,2024-03-01,"so ""so"""\n'
    )
    account = open_account(Source.of(path), STAGING, "")
    rows = read_interactions(account, STAGING, RULES, CAME, LIMITS)
    refused = sorted((row.line, row.reason) for row in account.refused)
    assert refused == [(2, "cut"), (3, "quote")]
    assert rows["user_id"].to_list() == ["b", "c"]


@pytest.mark.parametrize(
    "lines",
    [
        ('"good"', 'really"'),  # a quote more
        ('"good"', "really"),  # two of them are gone
        ('"good"', '"really"'),
        ('"good"', "", 'really"'),
        ('"a', 'good"', "really, it is"),
        ("good", "really, it is, I say, so"),  # none at all
        ("good", "one,two,three,four,five"),  # as many cells as a row has
        ("good", "caf\udce9"),
        ("good", "go\0od"),
    ],
)
def test_a_text_at_the_end_may_go_on_in_a_line_that_is_no_row(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    path = tmp_path / "last.csv"
    first, *others = lines
    text = "\n".join([LAST, f"a,p1,5,{T},{first}", *others, GOOD_LAST, ""])
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    account = open_account(Source.of(path), STAGING, "")
    rows = read_interactions(account, STAGING, RULES, CAME, LIMITS)
    assert rows["user_id"].to_list() == ["z"]
    assert (2, "cut") in [(row.line, row.reason) for row in account.refused]


@pytest.mark.parametrize(
    "lines",
    [
        ('"really', '"good"'),
        ("really", '"good"'),
        ("really, it is", "good"),
        ("one,two,three,four,five", "good"),
        ("", "good"),
    ],
)
def test_a_text_at_the_beginning_may_have_begun_in_the_line_above(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    *others, last = lines
    rows = [*others, f"{last},a,p1,5,{T}", GOOD_FIRST]
    found, refused = read_drop(tmp_path, *rows, header=FIRST)
    assert found == [Z_ROW]
    assert (len(others) + 2, "comment", "cut") in refused


def test_commas_of_a_bare_text_cannot_shift_the_ids(tmp_path: Path) -> None:
    header = "rating,timestamp,comment,user_id,product_id"
    rows = (f"5,{T},good,really,it is", "so good,a,p1", f"3,{T},,z,p9")
    assert read_drop(tmp_path, *rows, header=header) == (
        [Z_ROW],
        [(3, "", "cells"), (2, "comment", "cut")],
    )


@pytest.mark.parametrize(
    ("header", "row", "broken"),
    [
        (LAST, f"a,p1,5,{T},good", f"b,p2,4,{T},fine, really"),
        (LAST, f'a,p1,5,{T},"good"', f'b,p2,4,{T},a "fine" one'),
        (LAST, f'a,p1,5,{T},"good"', f"x,b,p2,4,{T},fine"),
        (LAST, f'a,p1,5,{T},"good"', f"p2,4,{T},fine"),
        (LAST, f'a,p1,5,{T},"good"', "Total,,,,"),
        (LAST, f'a,p1,5,{T},"good"', "NULL,NULL,NULL,NULL,NULL"),
        (LAST, f'a,p1,5,{T},"good"', LAST),  # the header again
        (FIRST, f'"good",a,p1,5,{T}', FIRST),
        (FIRST, f'"good",a,p1,5,{T}', f"fine, really,b,p2,4,{T}"),
    ],
)
def test_a_row_that_is_broken_by_itself_costs_no_other(
    tmp_path: Path, header: str, row: str, broken: str
) -> None:
    for rows in ((row, broken), (broken, row)):
        found, refused = read_drop(tmp_path, *rows, header=header)
        assert found == [("a", "p1", 5.0, "good")]
        assert len(refused) == 1


def test_no_text_is_cut_where_the_time_stands_behind_it(tmp_path: Path) -> None:
    found, refused = read_drop(tmp_path, f"a,p1,5,good,{T}", "what is this", Z)
    assert (found, refused) == (
        [("a", "p1", 5.0, "good"), Z_ROW],
        [(3, "", "cells")],
    )


@pytest.mark.parametrize("header", [LAST, FIRST])
@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n"])
def test_a_blank_line_behind_each_row_cuts_nothing(
    tmp_path: Path, header: str, end: str
) -> None:
    cells = [("good" if header == FIRST else "", f"u{at}") for at in range(9)]
    rows = [
        f"{text},{user},p1,5,{T}" if text else f"{user},p1,5,{T},good"
        for text, user in cells
    ]
    path = tmp_path / "spaced.csv"
    path.write_bytes("".join(line + end for line in (header, *rows)).encode())
    account = open_account(Source.of(path), STAGING, "")
    found = read_interactions(account, STAGING, RULES, CAME, LIMITS)
    assert (len(found), account.refused) == (9, [])


# ---- any text, any order, any quote too many or too few ----
PIECES = st.sampled_from(
    ["good", " ", ",", "\n", "\r\n", '"', "5", "so so", T, "a;b", "it's", "\n\n", ""]
)
COMMENTS = st.lists(PIECES, max_size=6).map("".join)
NAMES = ("user_id", "product_id", "rating", "timestamp", "comment")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """A file with one quote too many or too few, or none at all; and the comments by user."""
    names = draw(st.permutations(NAMES))
    comments = draw(st.lists(COMMENTS, min_size=1, max_size=6))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    rows = []
    for at, comment in enumerate(comments):
        by_name = dict(zip(NAMES, (f"u{at}", "p1", "5", T, comment), strict=True))
        rows.append([by_name[name] for name in names])
    how = draw(st.sampled_from(["more", "less", "none"]))
    if how == "none":
        text = "".join(",".join(row) + "\n" for row in rows).replace('"', "")
        truth = {f"u{at}": one.replace('"', "") for at, one in enumerate(comments)}
        return f"{','.join(names)}\n{text}".encode(), truth
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows(rows)
    text = out.getvalue()
    if how == "less" and '"' in text:
        at = draw(st.sampled_from([at for at, sign in enumerate(text) if sign == '"']))
        text = text[:at] + text[at + 1 :]
    if how == "more":
        at = draw(st.integers(0, len(text)))
        text = f'{text[:at]}"{text[at:]}'
    truth = {f"u{at}": comment for at, comment in enumerate(comments)}
    return f"{','.join(names)}\n{text}".encode(), truth


@quick
@given(damaged())
def test_no_comment_is_ever_a_part_of_one(file: tuple[bytes, dict[str, str]]) -> None:
    data, truth = file
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drop.csv"
        path.write_bytes(data)
        account = open_account(Source.of(path), STAGING, "")
        rows = read_interactions(account, STAGING, RULES, CAME, LIMITS)
    found = dict(rows.select("user_id", "comment").iter_rows())
    assert found == {user: truth.get(user) for user in found}
