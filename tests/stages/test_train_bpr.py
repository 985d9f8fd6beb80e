"""Training BPR reads what process and embed wrote, and is the same bytes whatever happens."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset import training_inputs
from recsys.files.atomic import read_json
from recsys.models import learned, manifest, model_folder
from recsys.program.errors import ConfigError, DataError
from tests.stages.bpr_shops import SMALL, large, run, shop_of
from tests.stages.training import by_itself, killed_and_run_again
from tests.worlds import (
    complains,
    even_odd,
    snapshot,
)

PATIENT = {"check_every": 50, "patience": 9, "min_delta": 0.0}
NO_HARD = {"dislikes": 0.0, "popular": 0.0}


@pytest.mark.parametrize(
    "changes", [{}, {"solver": "implicit", "hard_negative_share": NO_HARD}]
)
def test_the_model_knows_who_likes_what_by_external_ids(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    out = run(shop_of(tmp_path, even_odd(), early_stopping=PATIENT, **changes))
    model = model_folder.load(out).factors
    assert (model.user_ids[0], model.item_ids[-1]) == ("u0", "p9")
    scores = model.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()


def test_the_manifest_names_params_inputs_and_what_was_found_out(
    tmp_path: Path,
) -> None:
    written = manifest.read_checked(
        run(shop_of(tmp_path, even_odd(), cold_start="ridge"))
    )
    assert (written.model_type, written.shapes) == (
        "bpr",
        {"user_factors": [12, 5], "item_factors": [10, 5]},
    )
    assert written.params["learning_rate"] == 0.1
    assert written.inputs.keys() == {*training_inputs.FILES, "items.npz"}
    assert written.notes.cold_start.hidden_items == 2
    assert written.new_user["epochs"] == written.notes.epochs <= 150


def test_the_curve_has_the_search_on_the_fold_and_the_fit_of_all(
    tmp_path: Path,
) -> None:
    out = run(
        shop_of(
            tmp_path,
            large(),
            epochs=40,
            early_stopping={"check_every": 2, "patience": 2, "min_delta": 0.5},
        )
    )
    curve = read_json(out / "curve.json")
    assert [point["epoch"] for point in curve] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]  # two looks without a gain of a half after the first
    assert [
        ("valid_recall_at_10" in point, "train_auc" in point) for point in curve
    ] == 3 * [(False, True), (True, True)]
    assert manifest.read_checked(out).notes.epochs == 6


def test_a_user_who_was_not_trained_on_is_folded_in_with_his_taste(
    tmp_path: Path,
) -> None:
    model = model_folder.load(
        run(shop_of(tmp_path, even_odd(), early_stopping=PATIENT))
    ).factors
    one = csr_matrix((np.ones(1, dtype=np.float32), ([0], [4])), shape=(1, 10))
    scores = model.score_of(model.fold_in(one, one * 0))[0]
    assert scores[::2].min() > scores[1::2].max()


def test_the_same_bytes_for_any_number_of_threads_and_any_environment(
    tmp_path: Path,
) -> None:
    found = []
    for name, environment in (
        ("a", {"NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}),
        ("b", {"NUMBA_NUM_THREADS": "2", "PYTHONHASHSEED": "2"}),
    ):
        shop = shop_of(tmp_path / name, large(), epochs=10, cold_start="ridge")
        found.append(snapshot(by_itself("train_bpr", shop, **environment)))
    assert found[0] == found[1]


def test_killed_and_run_again_it_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    stopping = {"check_every": 300, "patience": 9, "min_delta": 0.0}
    settings = {
        "epochs": 900,
        "checkpoint_every": 100,
        "checkpoint_seconds": 0.0,
        "early_stopping": stopping,
    }
    whole, again, said = killed_and_run_again(
        "train_bpr", tmp_path, lambda folder: shop_of(folder, large(), **settings)
    )
    assert "goes on at step" in said
    assert again == whole


def test_factors_that_are_not_finite_are_one_line_and_the_former_model_stays(
    tmp_path: Path,
) -> None:
    shop = shop_of(tmp_path, even_odd())
    before = snapshot(run(shop))
    shop.configure(train_bpr={**SMALL, "learning_rate": 1e30, "epochs": 20})
    with complains(ConfigError, "train_bpr.learning_rate"):
        run(shop)
    assert snapshot(shop.folder / "models/bpr") == before


@pytest.mark.parametrize("name", [*training_inputs.FILES, "../embeddings/items.npz"])
def test_a_missing_input_is_one_line_that_names_it(tmp_path: Path, name: str) -> None:
    shop = shop_of(tmp_path, even_odd())
    (shop.processed / name).unlink()
    with complains(DataError, Path(name).name, "dvc repro"):
        run(shop)


@pytest.mark.parametrize(
    "changes",
    [
        {"factors": 0},
        {"learning_rate": 0.0},
        {"epochs": 0},
        {"regularization": -1.0},
        {"seed": -1},
        {"hard_negative_share": {"dislikes": 0.7, "popular": 0.7}},
        {"early_stopping": {"check_every": 0, "patience": 1, "min_delta": 0.0}},
        {"warm_epochs": 0},
    ],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with complains(ConfigError, f"train_bpr.{next(iter(changes))}"):
        run(shop_of(tmp_path, even_odd(), **changes))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (
            {"solver": "implicit", "hard_negative_share": {**NO_HARD, "popular": 0.3}},
            "native",
        ),
        ({"cold_start": "features"}, "ridge"),
    ],
)
def test_settings_that_do_not_go_together_are_one_line(
    tmp_path: Path, changes: dict[str, Any], word: str
) -> None:
    with complains(ConfigError, "train_bpr", word):
        run(shop_of(tmp_path, even_odd(), **changes))


def test_a_warm_start_goes_on_from_the_model_of_that_id(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        large(),
        epochs=100,
        early_stopping={"check_every": 100, "patience": 1, "min_delta": 0.0},
    )
    out = run(shop)
    name, auc = (
        manifest.read_checked(out).model_id,
        read_json(out / "curve.json")[-1]["train_auc"],
    )
    before = manifest.read_checked(out).new_user["epochs"]
    shop.configure(train_bpr={**SMALL, "warm_start": name, "warm_epochs": 1})
    written = manifest.read_checked(run(shop))
    assert written.params["warm_start"] == name
    assert (
        written.new_user["epochs"] == before + 1 == 101
    )  # as far as the item factors have gone
    (point,) = read_json(out / "curve.json")
    assert point["train_auc"] > auc - 0.02


def test_from_a_warm_start_a_model_knows_what_that_one_has_learned_from(
    tmp_path: Path,
) -> None:
    """What is held out today, as it was bought once more, is among it."""
    whole = large()
    user, item = whole.nonzero()
    less = whole.tolil()
    less[user[0], item[0]] = 0
    first = run(shop_of(tmp_path / "first", whole))
    name = manifest.read_checked(first).model_id
    warm = {"warm_start": name, "warm_epochs": 1}
    again = shop_of(tmp_path / "again", less.tocsr(), **warm)
    shutil.copytree(first, again.folder / "models/bpr", dirs_exist_ok=True)
    found = learned.read(run(again), whole.shape)
    assert found is not None
    assert found.nnz == whole.nnz
    assert found[user[0], item[0]] == 1
