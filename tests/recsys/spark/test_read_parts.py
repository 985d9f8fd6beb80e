"""What an executor does, without Spark: rows and facts of parts are those of the file."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from recsys.files.atomic import sha256_of
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.csv_file import Source, shape_of
from recsys.shop_csv.file_parts import Part, Seen, parts_of, settled
from recsys.shop_csv.header import read_header
from recsys.shop_csv.reviews import open_account, read_interactions
from recsys.spark.read_parts import SCHEMA, Asked, Told, read_asked
from tests.recsys.shop_csv.read_drop import CAME, LIMITS, RULES

HEADER = "user_id,product_id,rating,comment,timestamp\n"
ROWS = (
    'u1,p1,5,"two\nlines",2024-01-02 10:00\n',
    "u2,p1,4,good,2024-01-02 10:00\n",
    "u3,p1,nine,bad,2024-01-02 10:00\n",
    "U\u200b4,'007,3,,2024-01-02 10:00\n",
    "cut\n",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "drop.csv"
    found.write_text(HEADER + "".join(ROWS) * 40, encoding="utf-8")
    return found


def opened(path: Path) -> Account:
    return open_account(Source.of(path), STAGING, sha256_of(path))


def asked(path: Path) -> Asked:
    return Asked(path.name, str(path), STAGING, RULES, CAME, LIMITS)


def run(path: Path, parts: list[Part]) -> pl.DataFrame:
    """The batches of all parts, each asked for by its place."""
    numbered = list(enumerate(parts))
    places = pa.record_batch({"id": pa.array(range(len(parts)), pa.int64())})
    batches = list(read_asked(asked(path), numbered, [places]))
    assert all(one.schema == SCHEMA for one in batches)
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(batches, SCHEMA)))


def test_parts_give_the_rows_and_the_account_of_the_file(path: Path) -> None:
    expected = opened(path)
    rows = read_interactions(expected, STAGING, RULES, CAME, LIMITS)
    with path.open("rb") as handle:
        header = read_header(handle, path, STAGING)
    shape = shape_of(header, STAGING)
    last: dict[Part, pl.DataFrame] = {}
    told: dict[Part, Told] = {}

    def read(parts: list[Part]) -> list[Seen]:
        for part in parts:
            last[part] = run(path, [part])
            (text,) = last[part]["told"].drop_nulls()
            told[part] = Told.of(text)
            assert told[part].text() == text
        return [told[part].seen for part in parts]

    account, line, frames = opened(path), 2, []
    found = settled(parts_of(path, header.bytes_read, shape, 500), read)
    assert len(found) > 5
    for part, seen in found:
        told[part].add_to(account, line)
        good = last[part].filter(pl.col("told").is_null())
        frames.append(good.with_columns(pl.col("line") + line))
        line += seen.lines
    account.refused.sort(key=lambda row: row.line)
    expected.refused.sort(key=lambda row: row.line)
    assert account == replace(expected, source=account.source)
    assert account.odd_users == set()
    assert account.unseen == 40
    together = pl.concat(frames).drop("part", "told")
    assert together.equals(rows.drop("file"))


def test_what_stops_a_run_is_told(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "product_id,user_id,rating,comment,timestamp\n")
    (part,) = [Part(len(HEADER), path.stat().st_size, True)]
    (told,) = run(path, [part])["told"].drop_nulls()
    assert Told.of(told).has_fault
