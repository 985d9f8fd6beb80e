"""The bench of places for new items: a line a number of places, and what training says of them."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from bench.models import new_places
from bench.models.movielens import Folds
from recsys.als.params import Params
from recsys.dataset.sparse import columns_kept
from recsys.program.params import load
from tests.bench.models.tables import rows_of
from tests.recsys.als.test_search import inputs
from tests.worlds import one_blas_thread


def shop() -> new_places.Shop:
    """Users of three kinds, whose test item is one of their kind that nobody has bought."""
    one = inputs(0)
    new = np.arange(one.known.binary.shape[1]) >= 24
    test = columns_kept(one.known.binary, new)
    known = one.known.without_items(new)
    held_out = columns_kept(one.held_out, ~new)
    kinds = np.eye(3, dtype=np.float32)[np.arange(len(new)) % 3]
    changed = one.__class__(one.ids, known, held_out, kinds, "kinds", {})
    return new_places.Shop("kinds", changed, test)


def test_new_items_are_found_only_on_places_that_are_kept() -> None:
    with one_blas_thread():
        lines = list(new_places.report([shop()], ROOT / "params.yaml", [1]))
    rows = rows_of("\n".join(lines))
    assert [row[0] for row in rows] == ["0", "1", "2"]
    none, one, two = (float(row[3]) for row in rows)
    assert none < one < two
    assert rows[0][4] == "" and re.match(r"\+[01]\.\d+ \[", rows[2][4])
    said = [line for line in lines if line.startswith("Seed 1: `auto` keeps ")]
    assert len(said) == 1 and "2 of ten would find" in said[0]


def test_what_was_chosen_is_chosen_no_more() -> None:
    section = load(Params, "train_als", ROOT / "params.yaml")
    one = shop()
    with one_blas_thread():
        first = new_places.trained(one.inputs, section)
        params = new_places.settled(first, section)
        again = new_places.trained(one.inputs, params)
    assert params.search == "off"
    rows = first.factors.item_factors, again.factors.item_factors
    assert rows[0].tobytes() == rows[1].tobytes()
    assert first.notes.served == again.notes.served


def test_movielens_has_no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    one = inputs(0)
    test = csr_matrix(one.held_out.shape, dtype=np.float32)
    folds = Folds(one.known, one.held_out, test)
    monkeypatch.setattr(new_places.movielens, "folds", lambda *_: folds)
    found = new_places.movielens_shop(Path("wheel"), ROOT / "params.yaml")
    assert found.name == new_places.MOVIELENS
    assert not found.inputs.vectors.any()
    assert set(found.inputs.known.confidence.data.tolist()) == {5}
