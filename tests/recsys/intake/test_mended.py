"""A mended row takes the place of the refused one once its drop is sealed."""

from pathlib import Path

import pytest

from recsys.files.atomic import sha256_of
from recsys.intake.mended import read_mended, replaced_by, write_mended
from recsys.program.errors import DataError
from tests.stages.merging import REVIEWS, counts, merged, quarantine, run
from tests.worlds import REVIEW_LINES, Shop, complains, lines, make_shop, snapshot

HEADER = "sha256,line,batch_sha256\n"
SHA, OTHER, BATCH = "a" * 64, "b" * 64, "c" * 64
DROPS = {(SHA, 2): BATCH, (OTHER, 30): BATCH, (SHA, 4): OTHER}


# ---- the file ----


def test_what_is_written_is_read_again_in_the_same_bytes_whatever_the_order(
    tmp_path: Path,
) -> None:
    write_mended(tmp_path, DROPS)
    rows = [f"{SHA},2,{BATCH}", f"{SHA},4,{OTHER}", f"{OTHER},30,{BATCH}"]
    assert (tmp_path / "mended.csv").read_text() == lines(HEADER.strip(), rows)
    assert read_mended(tmp_path) == DROPS


def test_where_nothing_was_mended_there_is_no_file(tmp_path: Path) -> None:
    assert read_mended(tmp_path) == {}
    assert replaced_by(tmp_path) == {}


def test_which_rows_a_drop_replaces(tmp_path: Path) -> None:
    write_mended(tmp_path, DROPS)
    assert replaced_by(tmp_path) == {BATCH: {(SHA, 2), (OTHER, 30)}, OTHER: {(SHA, 4)}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "sha256,line\na,1\n",
        f"{SHA},2,{BATCH}\n",  # no header
        f"{HEADER}{SHA},2,{BATCH}",  # a torn end
        HEADER[:-2],
        f"{HEADER}{SHA},two,{BATCH}\n",
        f"{HEADER}{SHA},2\n",
        f"{HEADER}{SHA},2,{BATCH},x\n",
        f"{HEADER}\n",
        f"{HEADER}é,2,x,\n",
        f"{HEADER}{SHA},,{BATCH}\n",
    ],
)
def test_a_list_of_mended_rows_that_is_none_is_one_line_that_names_it(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "mended.csv"
    path.write_text(content, encoding="utf-8")
    with complains(DataError, path, "restore the file"):
        read_mended(tmp_path)


# ---- in the merge ----


def mended_shop(folder: Path) -> Shop:
    """A shop with two refused reviews, one of which, in line 9, a row in a drop replaces."""
    shop = make_shop(
        folder, [*REVIEW_LINES, "x,p1,9,,,2024-01-01", "x,p2,9,,,2024-01-01"]
    )
    drop = shop.drop("a.csv", "x,p1,4,,2024-01-01")
    write_mended(shop.batches, {(sha256_of(shop.reviews), 9): sha256_of(drop)})
    return shop


def test_a_mended_row_takes_the_place_of_the_refused_one(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    found = run(shop)
    assert (counts(found), found["mended"]) == ((9, 8, 0, 1), 1)
    assert found["files"][REVIEWS] == {
        "read": 8,
        "accepted": 7,
        "duplicates": 0,
        "quarantined": 1,
    }
    assert quarantine(shop) == [(REVIEWS, 10, "rating", "rating_range")]
    assert merged(shop)[-1][:3] == ("x", "p1", 4.0)


def test_a_row_is_not_mended_before_its_drop_is_sealed(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    drop = next(shop.staging.iterdir())
    away = drop.rename(tmp_path / "away.csv")
    assert run(shop)["mended"] == 0
    assert [where[1] for where in quarantine(shop)] == [9, 10]
    away.rename(drop)
    assert run(shop)["mended"] == 1


def test_rows_that_are_mended_count_no_more_for_the_limit(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    shop.configure(merge={"max_refused_share": 1 / 8, "min_rows": 1})
    assert counts(run(shop)) == (9, 8, 0, 1)


def test_a_batch_that_is_blocked_replaces_no_row(tmp_path: Path) -> None:
    shop = mended_shop(tmp_path)
    drop = shop.drop("a.csv", "x,p1,4,,2024-01-01", "y,p1,9,,2024-01-01")
    write_mended(shop.batches, {(sha256_of(shop.reviews), 9): sha256_of(drop)})
    shop.configure(merge={"max_refused_share": 0.4, "min_rows": 2})
    found = run(shop)
    assert (counts(found), found["mended"], len(found["blocked"])) == (
        (9, 7, 0, 2),
        0,
        1,
    )
    assert [line for _, line, _, _ in quarantine(shop)] == [9, 10, 3]


def test_a_damaged_list_of_mended_rows_is_one_line_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    shop = mended_shop(tmp_path)
    run(shop)
    before = snapshot(shop.merged), shop.metrics.read_bytes()
    mended = shop.batches / "mended.csv"
    mended.write_bytes(mended.read_bytes()[:-90])
    with complains(DataError, mended):
        run(shop)
    assert (snapshot(shop.merged), shop.metrics.read_bytes()) == before
