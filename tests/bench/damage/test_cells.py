"""Damage to cells: no bad rating or time gets through, and the damage is what it says."""

import csv
import io

import numpy as np
import pytest

from bench.damage import cells
from bench.damage.cells import BAD_RATINGS, BAD_TIMES
from bench.damage.drops import everyone, sound
from tests.bench.damage.judged import HEADER, SEED, TIME, judged, rows_with


@pytest.mark.parametrize(
    ("column", "texts"), [("rating", BAD_RATINGS), ("timestamp", BAD_TIMES)]
)
def test_no_bad_rating_or_time_is_accepted(shop, column, texts):
    verdict = judged(shop, rows_with(texts, column))
    assert [
        row["rating"] if column == "rating" else row["timestamp"]
        for row in verdict.accepted
    ] == []
    assert {row["column"] for row in verdict.quarantined} == {column}
    assert verdict.counts["quarantined"] == len(texts)


def test_ids_lose_the_spaces_around_them_only(shop):
    verdict = judged(
        shop,
        rows_with((" 007", "7\u3000", "\u00a0a b\t", "NA\n", "\u200bx"), "user_id"),
    )
    assert [row["user_id"] for row in verdict.accepted] == [
        "007",
        "7",
        "a b",
        "NA",
        "x",
    ]


def test_a_file_cut_anywhere_in_its_last_row_loses_that_row_only(shop):
    text = f"{HEADER}a,p1,5,x,{TIME}\nb,p1,4,y z,{TIME}\n"
    for cut in range(len(text) - len(f"b,p1,4,y z,{TIME}\n") + 1, len(text)):
        verdict = judged(shop, text[:cut])
        assert [row["user_id"] for row in verdict.accepted] == ["a"], text[:cut]
        assert verdict.counts["quarantined"] == 1


@pytest.mark.parametrize(
    ("mutation", "step"), [(cells.extra_cell, 1), (cells.missing_cell, -1)]
)
def test_one_row_has_a_cell_more_or_less(mutation, step):
    rng = np.random.default_rng(SEED)
    data, spoilt, file = mutation(rng, sound(rng))
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    widths = [len(row) - len(file.columns) for row in rows]
    assert (
        sorted(map(abs, widths)) == [*[0] * len(file.rows), 1] and sum(widths) == step
    )
    assert len(spoilt) == 1


def test_a_renamed_column_spoils_everybody():
    rng = np.random.default_rng(SEED)
    data, spoilt, file = cells.renamed_column(rng, sound(rng))
    header = next(csv.reader(io.StringIO(data.decode(), newline="")))
    assert (
        sum(one != other for one, other in zip(header, file.columns, strict=True)) == 1
    )
    assert spoilt == everyone(file)


def test_a_swap_changes_two_names():
    rng = np.random.default_rng(SEED)
    data, _, file = cells.swapped_names(rng, sound(rng))
    header = next(csv.reader(io.StringIO(data.decode(), newline="")))
    assert sorted(header) == sorted(file.columns) and tuple(header) != file.columns
