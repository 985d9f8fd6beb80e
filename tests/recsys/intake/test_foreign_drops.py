"""Drops in the shop's own form: translated once, whatever happens on the way."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recsys.intake import foreign_drops
from recsys.intake.claims import FOREIGN
from recsys.intake.drop_log import entries
from recsys.program.errors import DataError
from recsys.source.params import Params
from tests.recsys.source.mapping import interactions
from tests.worlds import complains

NOW = datetime(2024, 6, 1, tzinfo=UTC)
PARAMS = Params(
    interactions=[
        interactions(),
        *(interactions(form[0], format=form, text=[]) for form in ("jsonl", "parquet")),
    ],
    products=[],
    sql=[],
)
ROWS = "user,item,stars,when,note\nu1,p1,5,2024-01-01,a\n"
WANTED = "user_id,product_id,rating,comment,timestamp\nu1,p1,5,a,2024-01-01\n"


def take(staging: Path) -> list[str]:
    """The drops of the contract after a run."""
    foreign_drops.take(staging, staging / ".batches", PARAMS, NOW, 0.0)
    return sorted(path.name for path in staging.iterdir() if path.name[0] != ".")


def test_a_drop_becomes_one_of_the_contract_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / "monday shop.csv").write_text(ROWS)
    (name,) = take(tmp_path)
    assert name.startswith("monday_shop-")
    assert (tmp_path / name).read_text() == WANTED
    (kept,) = (tmp_path / foreign_drops.DONE).iterdir()
    assert kept.read_text() == ROWS
    assert not list((tmp_path / FOREIGN).iterdir())


def test_json_lines_too(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"user": "u1", "item": "p1", "stars": 5, "when": "2024-01-01"}'
    )
    (name,) = take(tmp_path)
    assert (tmp_path / name).read_text() == WANTED.replace(",a,", ",,")


@pytest.mark.parametrize(
    "content",
    [
        "user_id,product_id,rating,comment,timestamp\n",
        "user_id;product_id;rating;comment;timestamp\n",
        "who,what\n1,2\n",
        "user,item",  # its writer has not finished the line
    ],
)
def test_what_is_of_the_contract_or_fits_nothing_is_left_to_intake(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "a.csv").write_text(content)
    assert take(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == content


def test_a_drop_that_is_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w") as writer:
        writer.write(ROWS)
        writer.flush()
        assert take(tmp_path) == []
    (name,) = take(tmp_path)
    assert (tmp_path / name).read_text() == WANTED


def test_a_killed_run_is_mended_by_the_next(tmp_path: Path) -> None:
    """Between any two of its steps: the same drop is written again, under the same name."""
    (tmp_path / "a.csv").write_text(ROWS)
    (name,) = take(tmp_path)
    (kept,) = (tmp_path / foreign_drops.DONE).iterdir()
    kept.rename(tmp_path / FOREIGN / "a.csv")  # translated, not put aside
    assert take(tmp_path) == [name]
    assert (tmp_path / name).read_text() == WANTED


def test_a_damaged_drop_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS + "item,user,stars,when,note\n")
    (tmp_path / "b.csv").write_text(ROWS)
    with complains(DataError, "a.csv", "second header", "drop it again"):
        take(tmp_path)
    (line,) = entries(tmp_path / ".batches")
    assert (line["file"], line["verdict"], line["batch"]) == ("a.csv", "refused", None)
    assert "second header" in line["reason"] and line["at"] == NOW.isoformat()
    assert [path.name[:2] for path in tmp_path.glob("*.csv")] == ["b-"]
    refused = sorted(path.name for path in (tmp_path / ".refused").iterdir())
    assert refused == ["a.csv", "a.csv.reason.txt"]


def test_a_drop_that_nearly_fits_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    """The shop's form is meant, not the contract; the other drops go on."""
    (tmp_path / "a.csv").write_text(ROWS.replace("item", "ITEM"))
    (tmp_path / "b.csv").write_text(ROWS)
    with complains(
        DataError,
        "a.csv, line 1: it fits no mapping of source in params.yaml; the nearest is that of a.csv",
        "rename 'ITEM' to 'item' (found: 'user', 'ITEM', 'stars', 'when', 'note')",
        "user_id,product_id,rating,comment,timestamp",
        "drop it again",
    ):
        take(tmp_path)
    assert [path.name[:2] for path in tmp_path.glob("*.csv")] == ["b-"]
    reason = (tmp_path / ".refused/a.csv.reason.txt").read_text()
    assert "rename 'ITEM' to 'item'" in reason


def test_one_that_is_refused_later_leaves_the_former_as_it_is(tmp_path: Path) -> None:
    """A shop may export each day under one name."""
    contents = [ROWS.replace("item", "ITEM"), ROWS.replace("item", "goods")]
    for content in [*contents, contents[1]]:
        (tmp_path / "a.csv").write_text(content)
        with complains(DataError, "add 'item'" if "goods" in content else "'ITEM'"):
            take(tmp_path)
    folder = tmp_path / ".refused"
    kept = [path for path in sorted(folder.iterdir()) if path.suffix == ".csv"]
    assert sorted(path.read_text() for path in kept) == sorted(contents)
    assert all((folder / f"{path.name}.reason.txt").exists() for path in kept)


def test_json_lines_that_nearly_fit_are_refused_with_what_they_lack(
    tmp_path: Path,
) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"user": "u1", "sku": "p1", "stars": 5, "when": "2024-01-01"}\n'
    )
    with complains(DataError, ".refused/x.jsonl", "that of j: add 'item'"):
        take(tmp_path)
    assert take(tmp_path) == []


@pytest.mark.parametrize("content", [b"PAR1\r\x15\x04", b"user_id\rproduct_id\r"])
def test_a_return_in_the_first_line_ends_no_run(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.csv").write_text(ROWS)
    (tmp_path / "a.csv").write_bytes(content)
    left, taken = take(tmp_path)
    assert left == "a.csv" and taken.startswith("b-")


def test_a_text_that_the_contract_does_not_have_is_read(tmp_path: Path) -> None:
    mapping = interactions(
        user="user_id",
        product="product_id",
        time="timestamp",
        rating="rating",
        text=["review"],
    )
    params = Params(interactions=[mapping], products=[], sql=[])
    row = "user_id,product_id,rating,timestamp,review\nu1,p1,5,2024-01-01,a\n"
    (tmp_path / "a.csv").write_text(row)
    foreign_drops.take(tmp_path, tmp_path / ".batches", params, NOW, 0.0)
    (path,) = tmp_path.glob("*.csv")
    assert path.read_text() == WANTED


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("ends", ["\r", "\r\n"])
def test_lines_that_end_in_cr_are_refused_and_none_is_lost(
    tmp_path: Path, name: str, ends: str
) -> None:
    """The last of the columns is none that is needed, so that all seem to be there."""
    head, *rows = (ROWS * 2).splitlines()
    (tmp_path / name).write_bytes(f"{head}\r{ends.join(rows)}".encode())
    with complains(
        DataError, f".refused/{name}", "line 1: its lines end in CR only; save it with"
    ):
        take(tmp_path)


def test_a_quote_that_is_opened_in_the_header_loses_no_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS.replace(",note", ',note,"more'))
    with complains(DataError, "a.csv, line 1: a quote is opened and never closed"):
        take(tmp_path)


@pytest.mark.parametrize(
    "header", ["user,item,stars,when,note", 'user,item,stars,when,"a\nb"']
)
def test_a_drop_without_any_row_is_none_to_refuse(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n")
    assert len(take(tmp_path)) == 1


def test_a_second_drop_of_a_name_waits_for_none(tmp_path: Path) -> None:
    """The first one is still written; both are taken, each once, and nothing is left."""
    path = tmp_path / "a.csv"
    with path.open("w") as writer:
        writer.write(ROWS)
        writer.flush()
        assert take(tmp_path) == []
        path.write_text(ROWS.replace("u1", "u2"))
        (second,) = take(tmp_path)
        assert "u2" in (tmp_path / second).read_text()
        with path.open("w") as other:
            other.write(ROWS.replace("u1", "u3"))
            other.flush()
            assert take(tmp_path) == [second]
    assert len(take(tmp_path)) == 3
    assert not list((tmp_path / FOREIGN).iterdir())


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz", "a.parquet"])
def test_a_drop_that_is_cut_short_is_refused_as_damaged(
    tmp_path: Path, name: str
) -> None:
    whole = gzip.compress(ROWS.encode()) if name.endswith(".gz") else b"PAR1" * 9
    (tmp_path / name).write_bytes(whole[:-12])
    with complains(DataError, f".refused/{name}", "damaged", "drop it again"):
        take(tmp_path)


def test_a_drop_of_ratings_is_not_taken_for_purchases(tmp_path: Path) -> None:
    """The mapping has no rating; the other drops go on."""
    mapping = interactions(rating="", ignored=[])
    params = Params(interactions=[mapping], products=[], sql=[])
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "b.csv").write_text(ROWS.replace("stars", "colour"))
    with complains(DataError, "refused/a.csv", "the column 'stars'", "drop it again"):
        foreign_drops.take(tmp_path, tmp_path / ".batches", params, NOW, 0.0)
    assert [path.name[:2] for path in tmp_path.glob("*.csv")] == ["b-"]
