"""Training BPR by sampled softmax writes rows of its own kind, the same bytes whatever happens."""

from pathlib import Path

import numpy as np
import pytest

from recsys.files.atomic import read_json
from recsys.models import manifest, model_folder
from tests.stages.bpr_shops import SMALL, large, run, shop_of
from tests.stages.training import by_itself, killed_and_run_again
from tests.worlds import (
    snapshot,
)

SOFTMAX = {
    "factors": 8,
    "step": 0.6,
    "epochs": 6,
    "temperature": "auto",
    "min_positives": 0.0,
    "max_visits": 10**12,
}


def test_softmax_writes_rows_of_length_1_its_rule_and_what_was_tried(
    tmp_path: Path,
) -> None:
    out = run(shop_of(tmp_path, large(), loss="softmax", softmax=SOFTMAX))
    written, rows = manifest.read_checked(out), model_folder.load(out).factors
    assert written.shapes == {"user_factors": [300, 8], "item_factors": [80, 8]}
    assert np.linalg.norm(rows.item_factors, axis=1) == pytest.approx(1, abs=1e-5)
    note = written.notes.loss
    assert written.new_user == {
        "rule": "cosines",
        "temperature": note["temperature"],
        "weight": 1.2,
    }
    assert [one["epochs"] for one in note["softmax_tried"]] == [2, 2, 2, 2, 6]
    assert [point["epoch"] for point in read_json(out / "curve.json")] == [*range(1, 7)]


def test_softmax_has_as_many_epochs_as_its_visits_allow_and_at_least_one(
    tmp_path: Path,
) -> None:
    few = SOFTMAX | {"temperature": 0.3, "max_visits": 1}
    out = run(shop_of(tmp_path, large(), loss="softmax", softmax=few))
    notes = manifest.read_checked(out).notes
    assert notes.epochs == 1
    assert [one["epochs"] for one in notes.loss["softmax_tried"]] == [1]


def test_auto_says_which_loss_it_took(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, large(), loss="auto", softmax=SOFTMAX, epochs=20)
    written = manifest.read_checked(run(shop))
    taken = written.notes.loss["taken"]
    rules = {"bpr": "pairwise", "softmax": "cosines"}
    assert written.new_user["rule"] == rules[taken]
    assert written.notes.loss["users"] > 200


def test_softmax_gives_the_same_bytes_for_any_number_of_threads(
    tmp_path: Path,
) -> None:
    found = []
    for name in ("1", "2"):
        settings = {"loss": "softmax", "softmax": SOFTMAX, "cold_start": "ridge"}
        shop = shop_of(tmp_path / name, large(), **settings)
        found.append(snapshot(by_itself("train_bpr", shop, NUMBA_NUM_THREADS=name)))
    assert found[0] == found[1]


def test_softmax_killed_and_run_again_ends_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    settings = {
        "loss": "softmax",
        "softmax": {**SOFTMAX, "epochs": 300, "temperature": 0.2},
        "checkpoint_every": 20,
        "checkpoint_seconds": 0.0,
    }
    whole, again, said = killed_and_run_again(
        "train_bpr", tmp_path, lambda folder: shop_of(folder, large(), **settings)
    )
    assert "goes on at step" in said
    assert again == whole


def test_a_softmax_model_is_gone_on_from(tmp_path: Path) -> None:
    settings = {"loss": "softmax", "softmax": SOFTMAX}
    shop = shop_of(tmp_path, large(), **settings)
    out = run(shop)
    first = manifest.read_checked(out)
    warm = {"loss": "auto", "warm_start": first.model_id, "warm_epochs": 1}
    shop.configure(train_bpr={**SMALL, **settings, **warm})
    second = manifest.read_checked(run(shop))
    assert second.new_user == first.new_user
    assert second.notes.epochs == 1 and second.notes.loss is None
