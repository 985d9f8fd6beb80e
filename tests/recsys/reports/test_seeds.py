"""How far metrics move by the seed."""

import json

import pytest

from recsys.files.atomic import write_json
from recsys.program.errors import DataError
from recsys.reports import seeds
from recsys.reports.seeds import Fit

FITS = [
    Fit("als", 0, {"ndcg_at_10": 0.25}),
    Fit("als", 1, {"ndcg_at_10": 0.35}),
    Fit("bpr", 0, {"ndcg_at_10": 0.125}),
]


def test_the_spread_of_each_model_is_over_its_own_seeds() -> None:
    als, bpr = seeds.spreads(FITS)
    assert (als.model, als.metric, als.fits, als.low, als.high) == (
        "als",
        "ndcg_at_10",
        2,
        0.25,
        0.35,
    )
    assert als.mean == pytest.approx(0.3) and als.deviation == pytest.approx(0.0707107)
    assert (bpr.fits, bpr.mean, bpr.deviation) == (1, 0.125, 0.0)


def test_what_was_written_is_read_again(tmp_path) -> None:
    path = tmp_path / seeds.FILE
    assert seeds.read(path) == []
    write_json(path, FITS)
    assert seeds.read(path) == FITS


@pytest.mark.parametrize("text", ["", "[[1]]", "{", json.dumps(7)])
def test_a_torn_file_says_what_to_do(tmp_path, text) -> None:
    path = tmp_path / seeds.FILE
    path.write_text(text)
    with pytest.raises(DataError, match="torn; delete it"):
        seeds.read(path)
