"""Reading stars from texts that were not learned from."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench.models import star_reading
from bench.models.star_reading import FOLDS, held_out, texts_of
from recsys.program.params import load
from stages import process
from tests.bench.models.tables import rows_of


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """Good texts with 5 stars, bad ones with 1, and an empty one."""
    good = [f"rất tốt và thơm lần {n}" for n in range(40)]
    bad = [f"tệ quá, thất vọng lần {n}" for n in range(40)]
    return pl.DataFrame(
        {"comment": [*good, *bad, ""], "rating": [5.0] * 40 + [1.0] * 40 + [5.0]}
    )


def test_no_text_is_read_by_what_learned_from_it(rows: pl.DataFrame) -> None:
    learned: list[np.ndarray] = []

    def read(texts, learn):
        learned.append(learn)
        return np.where(learn, 1.0, 0.0)

    texts = texts_of(rows)
    assert len(texts.texts) == 80
    assert held_out(read, texts).tolist() == [0.0] * 80
    assert len(learned) == FOLDS and all(learn.sum() < 80 for learn in learned)


def test_every_reader_but_the_trivial_ones_tells_good_from_bad(
    rows: pl.DataFrame, light: Path
) -> None:
    params = load(process.Params, "process", light).quality
    table = {
        row[0]: row for row in rows_of("\n".join(star_reading.table(rows, params)))
    }
    assert float(table["majority class"][3]) == 0.5
    for name in (
        "`reviews`",
        "peer: scikit-learn, words",
        "peer: scikit-learn, characters",
    ):
        assert float(table[name][3]) > 0.95, name
