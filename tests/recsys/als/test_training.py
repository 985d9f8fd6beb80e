"""Training serves what was chosen; a warm start serves what its model did."""

from pathlib import Path

from recsys.als.training import followed, train
from recsys.models import model_folder
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.warm_start import Start
from tests.recsys.als.test_search import MUTE, inputs
from tests.recsys.als.worlds import params
from tests.worlds import one_blas_thread


def kept(folder: Path) -> TrainingCheckpoints:
    return TrainingCheckpoints(folder, [], 10, 0)


def test_what_was_chosen_is_fitted_served_and_followed(tmp_path: Path) -> None:
    section, shop = params(search="presets", **MUTE), inputs(0)
    with one_blas_thread():
        model = train(shop, section, None, kept(tmp_path / "states"))
    note = model.notes.search
    assert (
        note is not None
        and model.factors.item_factors.shape[1] == (note.changes["factors"])
    )
    name = model_folder.save(
        model.factors,
        model.curve,
        "als",
        section.model_dump(),
        {},
        tmp_path,
        model.notes,
    )
    warm = section.model_copy(update={"warm_start": name})
    later = followed(warm, tmp_path, tmp_path / "mlruns", "key")
    assert later.model_dump() == warm.model_dump() | note.changes
    weights = model_folder.load(tmp_path).weights
    start = Start(
        (model.factors.user_factors, model.factors.item_factors), weights=weights
    )
    with one_blas_thread():
        again = train(shop, later, start, kept(tmp_path / "states"))
    assert again.notes.served == model.notes.served == weights.model_dump()
    assert again.notes.search is None


def test_without_a_search_the_section_is_fitted_and_followed(tmp_path: Path) -> None:
    section = params(search="off", **MUTE)
    with one_blas_thread():
        model = train(inputs(0), section, None, kept(tmp_path))
    assert model.notes.search is None
    assert model.notes.served == section.hybrid.model_dump()
    warm = section.model_copy(update={"warm_start": "als-0123456789ab"})
    assert followed(warm, tmp_path, tmp_path, "key") == warm
