"""A model is fitted again as it was trained, to all that is known by now."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.als.model import AlsFit
from recsys.blend.rows import side_by_side
from recsys.bpr.model import BprFit
from recsys.models.blended import Blended
from recsys.models.cold_items import cold_rows_filled
from recsys.models.factors import Factors
from recsys.models.fold_in import CountedLeastSquares
from recsys.models.manifest import ColdClass, ColdStart, Notes
from recsys.models.model import Trained
from recsys.models.model_folder import SavedModel
from recsys.models.warm_start import Start
from recsys.publishing import refit
from recsys.publishing.refit import refitted
from tests.recsys.als.worlds import params as als_params
from tests.recsys.bpr.worlds import params as bpr_params
from tests.recsys.publishing import worlds
from tests.worlds import one_blas_thread

KNOWN = worlds.known(test=True)
VECTORS = worlds.vectors()


def again(model: SavedModel, *folders: Path) -> Factors:
    with one_blas_thread():
        found = refitted(model, KNOWN, VECTORS, folders)
    assert found is not None
    assert found.user_ids == worlds.USER_IDS and found.item_ids == worlds.ITEM_IDS
    assert found.new_user == model.factors.new_user
    return found


def is_that(found: Factors, fit: Trained) -> bool:
    return (
        found.user_factors.tobytes() == fit.user_factors.tobytes()
        and found.item_factors.tobytes() == fit.item_factors.tobytes()
    )


def start_of(model: SavedModel) -> Start:
    return Start((model.factors.user_factors, model.factors.item_factors))


def test_it_is_the_fit_of_training_to_what_is_known_now(tmp_path: Path) -> None:
    als = again(worlds.save(tmp_path / "als", "als"))
    bpr = again(worlds.save(tmp_path / "bpr", "bpr"))
    told = worlds.known()
    with one_blas_thread():
        assert is_that(als, AlsFit(als_params(), VECTORS).fit(KNOWN))
        assert not is_that(als, AlsFit(als_params(), VECTORS).fit(told))
        assert is_that(bpr, BprFit(bpr_params(), VECTORS, 6).fit(KNOWN))


def test_from_a_warm_start_it_begins_at_the_model_itself(tmp_path: Path) -> None:
    model = worlds.save(tmp_path, "als", warm_start="als-0123456789ab")
    with one_blas_thread():
        fit = AlsFit(als_params(), VECTORS).fit(KNOWN, start_of(model))
    assert is_that(again(model), fit)


@pytest.mark.parametrize(("kind", "rounds"), [("als", 5), ("bpr", 6)])
def test_what_takes_long_is_a_warm_start(
    kind: str,
    rounds: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    model, visits = worlds.save(tmp_path, kind), KNOWN.binary.nnz * rounds
    monkeypatch.setattr(refit, "MOST_VISITS", visits)
    with one_blas_thread():
        whole: AlsFit | BprFit = AlsFit(als_params(), VECTORS)
        few = whole
        if kind == "bpr":
            whole = BprFit(bpr_params(), VECTORS, 6)
            few = BprFit(bpr_params(), VECTORS, bpr_params().warm_epochs)
        assert is_that(again(model), whole.fit(KNOWN))
        assert f"to 48 purchases, {rounds} rounds from the beginning" in caplog.text
        monkeypatch.setattr(refit, "MOST_VISITS", visits - 1)
        assert is_that(again(model), few.fit(KNOWN, start_of(model)))
        assert "rounds from the model as it was trained" in caplog.text


def test_a_blend_is_that_of_both_fitted_again(tmp_path: Path) -> None:
    als, bpr = (worlds.save(tmp_path / name, name) for name in ("als", "bpr"))
    blend = worlds.save_blend(tmp_path / "blend", als, bpr)
    (tmp_path / "file").touch()
    others = [tmp_path / "nothing", tmp_path / "file", tmp_path / "blend"]
    folders = [*others, bpr.folder, als.folder]
    found = again(blend, *folders)
    pairs = [(one.user_factors, one.item_factors) for one in map(again, (als, bpr))]
    rule = blend.factors.new_user
    assert isinstance(rule, Blended)
    scales = [part.scale for part in rule.parts]
    laid = side_by_side(pairs, worlds.SHARES, scales)
    assert np.array_equal(found.user_factors, laid.user_factors)
    assert np.array_equal(found.item_factors, laid.item_factors)


def test_cold_items_have_the_rows_of_their_texts_again(tmp_path: Path) -> None:
    cold = ColdStart(used=True, classes={"2-6": ColdClass(used=True)})
    notes = Notes(cold_start=cold)
    model = worlds.save(tmp_path, "als", cold_threshold=7, notes=notes)
    fit = AlsFit(als_params(cold_threshold=7), VECTORS)
    with one_blas_thread():
        plain = fit.fit(KNOWN)
        filled = cold_rows_filled(plain, fit, KNOWN, ["2-6"])
    found = again(model)
    assert is_that(found, filled) and not is_that(found, plain)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": CountedLeastSquares(5.0, 0.1, 1.0)}, "Spark has fitted it"),
        ({"kind": "bpr", "learning_rate": 100.0}, "grew beyond bounds"),
    ],
)
def test_what_cannot_be_fitted_again_is_said(
    changes: dict[str, Any],
    words: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = worlds.save(tmp_path, changes.pop("kind", "als"), **changes)
    with one_blas_thread():
        assert refitted(model, KNOWN, VECTORS, ()) is None
    assert f"{model.manifest.model_id} is served as it was trained" in caplog.text
    assert words in caplog.text


def test_what_takes_far_too_long_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(refit, "MOST_VISITS", KNOWN.binary.nnz)
    assert refitted(worlds.save(tmp_path, "als"), KNOWN, VECTORS, ()) is None
    assert "it would visit more than 48 purchases in turn" in caplog.text


def test_a_blend_without_one_of_its_models_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    als, bpr = (worlds.save(tmp_path / name, name) for name in ("als", "bpr"))
    blend = worlds.save_blend(tmp_path / "blend", als, bpr)
    (bpr.folder / "factors.npz").write_bytes(b"")
    with one_blas_thread():
        assert refitted(blend, KNOWN, VECTORS, [als.folder, bpr.folder]) is None
    assert f"its part {bpr.manifest.model_id} is not here any more" in caplog.text
