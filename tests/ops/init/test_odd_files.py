"""Files that are odd in the ways of exports, editors and spreadsheets: what is taken of them is
right, or `init` or merge stop with a message that names the mend.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bench.house.imports import ROOT
from ops.init import command
from recsys.program.errors import ConfigError, DataError, UserError
from stages import merge
from tests.worlds import Shop, complains, make_shop

ZONE, OFFSET = "Asia/Ho_Chi_Minh", timezone(timedelta(hours=7))
HEADER = ("user", "item", "stars", "date", "note")
Truth = dict[str, tuple[str, float, str, datetime]]


@contextmanager
def project() -> Iterator[Shop]:
    """A project with the shipped params.yaml, its folder the present one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        shop = make_shop(Path(folder) / "project")
        shop.params.write_bytes((ROOT / "params.yaml").read_bytes())
        os.chdir(shop.folder)
        try:
            yield shop
        finally:
            os.chdir(before)


def taken(shop: Shop, data: bytes, name: str = "a.csv", **options: Any) -> Truth:
    """What becomes of a file by `init --yes` and merge, by user."""
    path = shop.folder / name
    path.write_bytes(data)
    command.main([path], zone=ZONE, yes=True, **options)
    merge.main(
        shop.raw,
        shop.staging,
        shop.batches,
        shop.merged,
        shop.metrics,
        shop.params,
        translations=shop.folder / "data/cache/source",
    )
    frame = pl.read_parquet(shop.merged / "interactions.parquet")
    columns = ("user_id", "product_id", "rating", "comment", "timestamp")
    return {
        user: (product, rating, comment, moment.astimezone(UTC))
        for user, product, rating, comment, moment in frame.select(columns).iter_rows()
    }


def moment_of(at: int) -> datetime:
    return datetime(2024, 1, 31, 3, 0, 5, tzinfo=UTC) + timedelta(days=at, seconds=at)


def lines(count: int = 30, mark: str = ",") -> list[str]:
    """A header and sound rows, user 0001 and so on, in local times."""
    rows = [mark.join(HEADER)]
    for at in range(1, count + 1):
        local = f"{moment_of(at).astimezone(OFFSET):%Y-%m-%d %H:%M:%S}"
        rows.append(mark.join((f"{at:04}", f"p{at % 4}", f"{at % 5 + 1}", local, "ok")))
    return rows


def truth(count: int = 30) -> Truth:
    return {
        f"{at:04}": (f"p{at % 4}", at % 5 + 1.0, "ok", moment_of(at))
        for at in range(1, count + 1)
    }


def text(rows: list[str], end: str = "\n") -> bytes:
    return "".join(row + end for row in rows).encode()


def with_row(at: int, row: str, mark: str = ",") -> list[str]:
    rows = lines(mark=mark)
    rows.insert(at, row)
    return rows


def formulas(mark: str = ",") -> list[str]:
    header, *rows = lines(mark=mark)
    return [header, *(f'="{row[:4]}"{row[4:]}' for row in rows)]


# ---- taken as they are: all rows, each as it was meant ----
@pytest.mark.parametrize(
    "data",
    [
        text(lines()),
        b"\xef\xbb\xbf" + text(lines()),
        b"\xef\xbb\xbf" * 2 + text(lines()),
        text(lines(), "\r\n"),
        text(lines(), "\n\n"),  # a blank line behind each row
        text(lines()[:15], "\n") + text(lines()[15:], "\r\n"),
        text(["sep=;", *lines(mark=";")]),
        text(['"sep=;"', *lines(mark=";")]),
        text(["sep=;;;;;", *lines(mark=";")]),
        text(formulas()),
        text(formulas(";")),
        text([row.replace('"', '""') for row in formulas()]).replace(b'=""', b'"=""')
        and text(
            [
                lines()[0],
                *(f'"=""{row[:4]}""",{row[5:]}' for row in lines()[1:]),
            ]
        ),
        text([f"{row}," for row in lines()]),
        text(lines()).decode().encode("utf-16"),
        text(lines()).decode().encode("utf-32"),
        text(with_row(15, ",".join(HEADER))),  # two exports, one behind the other
        text(lines()[:15]) + b"\xef\xbb\xbf" + text([lines()[0], *lines()[15:]]),
        text([*lines(), "Total,,,,"]),
        text([*lines(), "30 rows,,,,"]),
        text([*lines(), "#N/A,#N/A,#N/A,#N/A,#N/A"]),
    ],
)
def test_all_rows_are_taken_as_they_were_meant(data: bytes) -> None:
    with project() as shop:
        assert taken(shop, data) == truth()


# ---- stopped, with a message that names the mend ----
def in_words(rows: list[str]) -> list[str]:
    return [row.replace(",5,", ",5 stars,").replace(",1,", ",1 star,") for row in rows]


def shifted(rows: list[str]) -> list[str]:
    header, *others = rows
    return [header, *(f"{row},x" for row in others)]


def with_dates(form: str) -> list[str]:
    header, *rows = lines()
    return [
        header,
        *(
            ",".join((*row.split(",")[:3], f"{moment_of(at):{form}}", "ok"))
            for at, row in enumerate(rows)
        ),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            text(
                [row.replace(",2,", ",two,").replace(",4,", ",n/a,") for row in lines()]
            ),
            ["'stars' looks like the rating", "no numbers", "--rating none"],
        ),
        (text(in_words(lines())), ["'stars' looks like the rating", "5 stars"]),
        (
            text([row.replace(",5,", ",0,") for row in lines()]),
            ["ratings are 0", "--scale 1,5"],
        ),
        (text(["Report of 2024-05-01", "", *lines()]), ["above the header"]),
        (text(["Report of 2024-05-01,,,,,", *lines()]), ["above the header"]),
        (text(shifted(lines())), ["the names of the columns are 5, most lines have 6"]),
        (text(lines(), "\r"), ["CR only"]),
        (text(lines()[:1]), ["no row in it"]),
        (
            text([lines()[0], *(f'x"{row}' for row in lines()[1:])]),
            ["most lines, the first is 2, have a quote that is not closed"],
        ),
        (b"<html><table><tr><td>1</td></tr></table>", ["HTML"]),
        (b"SQLite format 3\0", ["--sql sqlite:///"]),
        (b"BZh91AY", ["an archive"]),
        (
            text(lines()[:16])
            + text(lines()[16:]).replace(b",ok", b",caf\xe9")
            + text(lines()[1:16]).replace(b",ok", ",café".encode()),
            ["two encodings", "line 17", "--encoding"],
        ),
        (
            text(
                [
                    *lines()[:15],
                    "item,user,stars,date,comment",
                    *(
                        ",".join(
                            (row.split(",")[1], row.split(",")[0], *row.split(",")[2:])
                        )
                        for row in lines()[15:]
                    ),
                ]
            ),
            ["line 16", "second header", "another order"],
        ),
        (text(with_dates("%d %B %Y")), ["'date' are no times that are known"]),
        (
            text([*with_dates("%d/%m/%Y")[:16], *with_dates("%Y-%m-%d")[16:]]),
            ["several formats", "iso8601 50%", "DD/MM/YYYY 50%"],
        ),
        (
            text([row.replace("2024-0", "4532").replace(" ", "") for row in lines()])
            .replace(b"-", b"")
            .replace(b":", b""),
            ["'date'"],
        ),
        (
            text(
                [
                    "id,user,stars,date",
                    *(f"{at},u{at % 9},5,2024-01-05" for at in range(60)),
                ]
            ),
            ["'id' has another value in each row", "--product"],
        ),
    ],
)
def test_what_cannot_be_told_stops_with_the_mend(data: bytes, words: list[str]) -> None:
    with project() as shop:
        before = shop.params.read_bytes()
        with complains(UserError, *words):
            taken(shop, data)
        assert shop.params.read_bytes() == before or "second header" in words


def test_day_numbers_of_a_spreadsheet_are_named() -> None:
    rows = [lines()[0], *(f"u{at},p1,5,453{at + 10}.4167,ok" for at in range(30))]
    with project() as shop, complains(ConfigError, "numbers of days", "45310.4167"):
        taken(shop, text(rows))


def test_nothing_is_written_where_no_row_would_be_accepted() -> None:
    rows = [lines()[0], *(f"u{at},p1,5,2099-01-05,ok" for at in range(30))]
    with project() as shop:
        before = shop.params.read_bytes()
        with complains(UserError, "'date'"):
            taken(shop, text(rows))
        header, *others = lines()
        bad = [header, *(f"u{at},,5,2024-01-05,ok" for at in range(len(others)))]
        with complains(
            DataError, "none of its first 30 rows is accepted", "write the id"
        ):
            taken(shop, text(bad), product=["item"])
        assert shop.params.read_bytes() == before
        assert not (shop.raw / "a.csv").exists()


def test_a_broken_letter_costs_its_row_and_not_all_letters() -> None:
    """A comment that was cut in the middle of a letter, as databases do it."""
    rows = [row.replace(",ok", ",tốt lắm") for row in lines()]
    data = text(rows)
    at = data.rindex("ắm".encode()) + 1
    with project() as shop:
        found = taken(shop, data[:at] + data[at + 4 :])
    wanted = {user: (*row[:2], "tốt lắm", row[3]) for user, row in truth().items()}
    del wanted["0030"]
    assert found == wanted
