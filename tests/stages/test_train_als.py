"""Training ALS reads what process and embed wrote, is the same bytes whatever happens, and names
what is torn.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix, save_npz

from recsys.dataset import training_inputs
from recsys.files.atomic import read_json
from recsys.models import fold_rows, learned, manifest, model_folder
from recsys.program.errors import ConfigError, DataError
from stages import train_als
from tests.stages.training import by_itself, killed_and_run_again
from tests.worlds import (
    Shop,
    complains,
    even_odd,
    one_blas_thread,
    processed_shop,
    snapshot,
)

SMALL = {
    "factors": 4,
    "iterations": 6,
    "feature_prior": False,
    "cold_start": "off",
    "search": "off",
}


def shop_of(folder: Path, user_items: csr_matrix, **changes: Any) -> Shop:
    shop = processed_shop(folder, user_items)
    shop.configure(train_als={**SMALL, **changes})
    return shop


def run(shop: Shop) -> Path:
    out = shop.folder / "models/als"
    with one_blas_thread():
        train_als.main(
            shop.processed, shop.embeddings, shop.folder / "mlruns", out, shop.params
        )
    return out


def large() -> csr_matrix:
    return csr_matrix(
        (np.random.default_rng(0).random((300, 80)) < 0.1).astype(np.float32)
    )


@pytest.mark.parametrize(
    "changes",
    [{}, {"feature_prior": True}, {"solver": "implicit", "frequency_scaling": 0.0}],
)
def test_the_model_knows_who_likes_what_by_external_ids(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    out = run(
        shop_of(
            *(tmp_path, even_odd()),
            **{"iterations": 15, "regularization": 0.1, "factors": 2} | changes,
        )
    )
    model = model_folder.load(out).factors
    assert (model.user_ids[0], model.item_ids[-1]) == ("u0", "p9")
    scores = model.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()
    assert snapshot(out).keys() == {*manifest.FILES, fold_rows.FILE, learned.FILE}


def test_the_manifest_names_params_inputs_and_what_was_found_out(
    tmp_path: Path,
) -> None:
    shop = shop_of(tmp_path, even_odd(), cold_start="ridge", seed=7)
    written = manifest.read_checked(run(shop))
    assert (written.model_type, written.shapes) == (
        "als",
        {"user_factors": [12, 4], "item_factors": [10, 4]},
    )
    assert (written.params["factors"], written.params["seed"]) == (4, 7)
    assert written.inputs.keys() == {*training_inputs.FILES, "items.npz"}
    assert written.notes.cold_start.hidden_items == 2
    assert written.new_user["rule"] == "least_squares"


def test_a_user_who_was_not_trained_on_is_folded_in_to_where_training_puts_him(
    tmp_path: Path,
) -> None:
    model = model_folder.load(run(shop_of(tmp_path, even_odd(), iterations=40))).factors
    nothing = csr_matrix((12, 10), dtype=np.float32)
    assert model.fold_in(even_odd() * np.float32(5), nothing) == pytest.approx(
        model.user_factors, abs=2e-3
    )


def test_the_same_bytes_for_any_number_of_threads_and_any_environment(
    tmp_path: Path,
) -> None:
    found = []
    for name, environment in (
        (
            "a",
            {"NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "1", "TZ": "Asia/Ho_Chi_Minh"},
        ),
        (
            "b",
            {
                "NUMBA_NUM_THREADS": "2",
                "PYTHONHASHSEED": "2",
                "OPENBLAS_NUM_THREADS": "2",
            },
        ),
    ):
        shop = shop_of(
            tmp_path / name,
            large(),
            factors=32,
            feature_prior=True,
            cold_start="ridge",
            search="quick",
        )
        found.append(snapshot(by_itself("train_als", shop, **environment)))
    assert found[0] == found[1]


def test_killed_and_run_again_it_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    settings = {
        "factors": 32,
        "iterations": 2000,
        "checkpoint_every": 500,
        "checkpoint_seconds": 0.0,
    }
    whole, again, said = killed_and_run_again(
        "train_als", tmp_path, lambda folder: shop_of(folder, large(), **settings)
    )
    assert "goes on at step" in said
    assert again == whole
    assert whole.keys() == {*manifest.FILES, fold_rows.FILE, learned.FILE}


# numpy forgets to close a file that is no zip
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_wherever_the_matrix_is_torn_it_is_read_or_a_data_error(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, even_odd(), iterations=1)
    path = shop.processed / "X_train_confidence.npz"
    whole = path.read_bytes()
    torn = [whole[:end] for end in range(0, len(whole), 97)]
    torn += [
        whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        for at in range(0, len(whole), 11)
    ]
    for content in torn:
        path.write_bytes(content)
        try:
            run(shop)
        except DataError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize("name", [*training_inputs.FILES, "../embeddings/items.npz"])
def test_a_missing_input_is_one_line_that_names_it_and_the_former_model_stays(
    tmp_path: Path, name: str
) -> None:
    shop = shop_of(tmp_path, even_odd())
    before = snapshot(run(shop))
    (shop.processed / name).unlink()
    with complains(DataError, Path(name).name, "dvc repro"):
        run(shop)
    assert snapshot(shop.folder / "models/als") == before


def test_a_matrix_of_other_users_is_one_line(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, even_odd())
    save_npz(shop.processed / "X_train_confidence.npz", even_odd(users=11))
    with complains(
        DataError, "X_train_confidence.npz", "(11, 10)", "12 users and 10 items"
    ):
        run(shop)


@pytest.mark.parametrize(
    "changes",
    [
        {"factors": 0},
        {"alpha": 0.0},
        {"iterations": 0},
        {"regularization": -1.0},
        {"seed": -1},
        {"factors": "64"},
        {"frequency_scaling": 1.5},
        {"dislikes": "positive"},
        {"cold_threshold": 0},
        {"search": "all"},
        {"warm_start": "latest"},
        {"warm_start": "bpr-0123456789ab"},
        {"alpha": 1e-46},
        {"dislike_weight": 1e-300},
        {"regularization": 1e39},
        {"hybrid": {"content": 1e39, "popularity": 0.0, "neighbours": 0.0}},
        {"hybrid": {"content": -1.0, "popularity": 0.0, "neighbours": 0.0}},
        {"hybrid": {"content": 1.0}},
    ],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with complains(ConfigError, f"train_als.{next(iter(changes))}"):
        run(shop_of(tmp_path, even_odd(), **changes))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"solver": "implicit", "frequency_scaling": 0.5}, "native"),
        (
            {"solver": "implicit", "frequency_scaling": 0.0, "feature_prior": True},
            "feature_prior",
        ),
        ({"cold_start": "features"}, "feature_prior"),
        (
            {"solver": "implicit", "frequency_scaling": 0.0, "search": "presets"},
            "search",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_one_line(
    tmp_path: Path, changes: dict[str, Any], word: str
) -> None:
    with complains(ConfigError, "train_als", word):
        run(shop_of(tmp_path, even_odd(), **changes))


def test_a_warm_start_goes_on_from_the_model_of_that_id(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, large(), iterations=30)
    out = run(shop)
    name, loss = (
        manifest.read_checked(out).model_id,
        read_json(out / "curve.json")[-1]["loss"],
    )
    shop.configure(train_als={**SMALL, "warm_start": name, "warm_iterations": 1})
    written = manifest.read_checked(run(shop))
    assert written.params["warm_start"] == name
    (point,) = read_json(out / "curve.json")
    assert point["loss"] == pytest.approx(loss, rel=1e-3)


def test_a_warm_start_from_a_model_that_is_nowhere_is_one_line(tmp_path: Path) -> None:
    with complains(ConfigError, "train_als.warm_start", "als-0123456789ab"):
        run(shop_of(tmp_path, even_odd(), warm_start="als-0123456789ab"))


def test_a_warm_start_goes_on_with_the_setting_that_was_chosen(tmp_path: Path) -> None:
    changes = {"regularization": 1e9, "search": "presets"}
    shop = shop_of(tmp_path, large(), **changes)
    first = manifest.read_checked(run(shop))
    found = first.notes.search
    assert found is not None and first.params["regularization"] == 1e9
    shop.configure(train_als={**SMALL, **changes, "warm_start": first.model_id})
    again = manifest.read_checked(run(shop))
    assert again.shapes == first.shapes
    assert again.shapes["item_factors"][1] == {**SMALL, **found.changes}["factors"]
    assert again.notes.served == first.notes.served
    # and so does a warm start from that one, however often
    shop.configure(train_als={**SMALL, **changes, "warm_start": again.model_id})
    third = manifest.read_checked(run(shop))
    assert found.changes and again.notes.changes == found.changes
    assert third.notes.changes == found.changes
    assert third.shapes == first.shapes
