"""A fit begins at an earlier model: rows go by external id, what is new gets rows of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.files.atomic import read_json, write_json
from recsys.models import factors, manifest, model_folder, ridge_map, warm_start
from recsys.models.fold_in import FoldIn
from recsys.models.manifest import Notes
from recsys.program.errors import ConfigError
from tests.recsys.models.starts import (
    ITEMS,
    KEY,
    PAIRS,
    SPLIT,
    SQUARES,
    USERS,
    aligned,
    matrix,
    model,
    save,
    vectors,
)
from tests.worlds import complains

# ---- rows ----


def test_rows_go_by_external_id_whatever_the_order() -> None:
    users, items = aligned(Ids(["NA", "7", "007"], ["p5", "đ", "p1", "p4", "p2"]))
    assert np.array_equal(users, model().user_factors[[2, 0, 1]])
    assert np.array_equal(items, model().item_factors[[4, 2, 0, 3, 1]])
    assert (users.dtype, items.dtype) == (np.float32, np.float32)


def test_what_has_gone_is_left_out() -> None:
    users, items = aligned(Ids(["007"], ["p4", "p2"]))
    assert np.array_equal(users, model().user_factors[[1]])
    assert np.array_equal(items, model().item_factors[[3, 1]])


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_a_new_item_gets_what_the_map_says_and_old_ones_keep_their_rows(
    rule: FoldIn,
) -> None:
    one, texts = model(rule), vectors(7)
    _, items = aligned(Ids(USERS, [*ITEMS, "new", "newer"]), one=one, texts=texts)
    assert np.array_equal(items[:5], one.item_factors)
    counts, zeros = np.array([1] * 5 + [0] * 2), np.zeros((2, 3), np.float32)
    said = ridge_map.rows_from_texts(
        texts, np.concatenate([one.item_factors, zeros]), counts, rule is PAIRS
    )
    assert np.array_equal(items[5:], said[5:])
    width = 2 if rule is PAIRS else 3
    twin, made = one.item_factors[0, :width], items[5, :width]
    assert twin @ made > 0.95 * np.linalg.norm(twin) * np.linalg.norm(made)


def test_an_old_item_that_the_model_knew_nothing_of_teaches_the_map_nothing() -> None:
    rows, texts = model().item_factors.copy(), vectors(8)
    rows[1] = 0
    texts[1] = 100
    one = factors.Factors(USERS, ITEMS, model().user_factors, rows, SQUARES)
    known = [0, 2, 3, 4]
    less = factors.Factors(
        USERS, [ITEMS[at] for at in known], model().user_factors, rows[known], SQUARES
    )
    new = ["x", "y", "z"]
    _, items = aligned(Ids(USERS, [*ITEMS, *new]), one=one, texts=texts)
    _, without = aligned(
        Ids(USERS, [*less.item_ids, *new]), one=less, texts=texts[[*known, 5, 6, 7]]
    )
    direction, expected = (
        rows[4:] / np.linalg.norm(rows[4:], axis=1)[:, None]
        for rows in (items[1:], without)
    )
    assert direction == pytest.approx(expected, abs=1e-4)
    assert not items[1].any()


def test_a_new_item_without_a_text_begins_at_0() -> None:
    texts = vectors(6)
    texts[5] = 0
    _, items = aligned(Ids(USERS, [*ITEMS, "new"]), texts=texts)
    assert not items[5].any()


@pytest.mark.parametrize("rule", [SQUARES, PAIRS])
def test_a_new_user_is_folded_in_and_old_ones_keep_their_rows(rule: FoldIn) -> None:
    ids = Ids(["x", "NA", "y", "7"], ITEMS)
    users, _ = aligned(ids, (0, 2), (0, 3), (1, 0), one=model(rule))
    assert np.array_equal(users[[1, 3]], model(rule).user_factors[[2, 0]])
    liked = matrix((2, 5), (0, 2), (0, 3))
    assert users[[0, 2]] == pytest.approx(
        rule(model().item_factors, liked, matrix((2, 5))), abs=1e-6
    )
    assert users[0, :-1].any()


def test_a_new_user_is_folded_in_from_new_items_too() -> None:
    texts = vectors(6)
    users, items = aligned(Ids(["x"], [*ITEMS, "new"]), (0, 5), texts=texts)
    assert users == pytest.approx(
        SQUARES(items, matrix((1, 6), (0, 5)), matrix((1, 6))), abs=1e-6
    )
    assert users.any()


def test_dislikes_of_a_new_user_count() -> None:
    ids, shape = Ids(["x"], ITEMS), (1, 5)
    liked, disliked = matrix(shape, (0, 0)), matrix(shape, (0, 1))
    users, _ = warm_start.aligned(
        model(), ids, 3, liked, disliked, np.zeros((5, 4), np.float32), KEY
    )
    assert users == pytest.approx(
        SQUARES(model().item_factors, liked, disliked), abs=1e-6
    )


def test_a_model_without_a_rule_for_new_users_gives_them_zeros() -> None:
    users, _ = aligned(Ids(["x", "7"], ITEMS), (0, 0), one=model(None))
    assert not users[0].any()
    assert np.array_equal(users[1], model().user_factors[0])


def test_nothing_in_common_and_nobody_at_all() -> None:
    users, items = aligned(Ids(["x"], ["y", "z"]), (0, 0))
    assert not users.any()
    assert not items.any()
    users, items = aligned(Ids([], []))
    assert (users.shape, items.shape) == ((0, 3), (0, 3))


def test_the_model_is_not_changed() -> None:
    one = model()
    users, items = aligned(Ids(USERS, ITEMS), one=one)
    users += 1
    items += 1
    assert np.array_equal(one.user_factors, model().user_factors)
    assert np.array_equal(one.item_factors, model().item_factors)


@pytest.mark.parametrize("width", [2, 4])
def test_another_width_is_refused(width: int) -> None:
    empty = matrix((3, 5))
    with complains(ConfigError, "params.yaml", KEY, "width 3", width, "off"):
        warm_start.aligned(
            model(), Ids(USERS, ITEMS), width, empty, empty, vectors(5), KEY
        )


# ---- the beginning of a fit ----


def inputs(ids: Ids) -> Inputs:
    shape = len(ids.users), len(ids.items)
    known = Interactions(matrix(shape, (0, 0)), matrix(shape, (0, 0)), matrix(shape))
    return Inputs(
        ids,
        known,
        matrix(shape),
        np.zeros((shape[1], 4), np.float32),
        "by hand (4)",
        SPLIT,
    )


@pytest.mark.parametrize("its", [{}, {"split.json": "b" * 64}])
def test_a_model_that_has_learned_from_another_split_is_no_start(
    tmp_path: Path, its: dict[str, str]
) -> None:
    """It may have seen what is now held out."""
    name = model_folder.save(model(), [], "als", {}, its, tmp_path / "own", Notes())
    with complains(ConfigError, KEY, name, "held out", "process.split", "off"):
        warm_start.begin(
            name,
            tmp_path / "own",
            tmp_path / "mlruns",
            inputs(Ids(USERS, ITEMS)),
            3,
            KEY,
        )


def test_off_is_no_start_and_reads_nothing(tmp_path: Path) -> None:
    found = inputs(Ids(USERS, ITEMS))
    assert (
        warm_start.begin("off", tmp_path / "none", tmp_path / "mlruns", found, 3, KEY)
        is None
    )


@pytest.mark.parametrize("place", ["own", "mlruns/artifacts/0a/artifacts/model"])
@pytest.mark.parametrize("used", [True, False])
def test_a_start_has_the_rows_of_the_model_and_says_whether_it_had_rows_for_cold_items(
    tmp_path: Path, place: str, used: bool
) -> None:
    name = save(tmp_path / place, cold_start={"used": used})
    ids = Ids(USERS[::-1], ITEMS[::-1])
    start = warm_start.begin(
        name, tmp_path / "own", tmp_path / "mlruns", inputs(ids), 3, KEY
    )
    assert start is not None
    assert np.array_equal(start.factors[0], model().user_factors[::-1])
    assert np.array_equal(start.factors[1], model().item_factors[::-1])
    assert start.cold_start.used is used


@pytest.mark.parametrize("new", [None, {"places": 2, "judged": []}])
def test_a_start_has_the_places_that_the_model_kept_for_new_items(
    tmp_path: Path, new: dict[str, Any] | None
) -> None:
    save(tmp_path / "own")
    content = {**read_json(tmp_path / "own" / "manifest.json")}
    content["notes"] = {"new_items": new}
    write_json(tmp_path / "own" / "manifest.json", content)
    name = manifest.read(tmp_path / "own").model_id
    start = warm_start.begin(
        name, tmp_path / "own", tmp_path / "mlruns", inputs(Ids(USERS, ITEMS)), 3, KEY
    )
    assert start is not None
    assert start.new_items.places == (2 if new else 0)


@pytest.mark.parametrize("notes", [{}, {"cold_start": None}])
def test_notes_without_a_verdict_say_that_there_are_no_rows_for_cold_items(
    tmp_path: Path, notes: object
) -> None:
    save(tmp_path / "own")
    content = {**read_json(tmp_path / "own" / "manifest.json"), "notes": notes}
    write_json(tmp_path / "own" / "manifest.json", content)
    name = manifest.read(tmp_path / "own").model_id
    start = warm_start.begin(
        name, tmp_path / "own", tmp_path / "mlruns", inputs(Ids(USERS, ITEMS)), 3, KEY
    )
    assert start is not None
    assert start.cold_start.used is False


@pytest.mark.parametrize(
    "notes",
    [
        *(None, [], "x"),
        *({"cold_start": "ridge"}, {"cold_start": []}, {"cold_start": {}}),
        *({"new_items": 1}, {"new_items": {"places": 10}}, {"new_items": {}}),
    ],
)
def test_a_model_with_notes_of_another_kind_is_none(
    tmp_path: Path, notes: object
) -> None:
    name = save(tmp_path)
    content = {**read_json(tmp_path / "manifest.json"), "notes": notes}
    write_json(tmp_path / "manifest.json", content)
    with complains(ConfigError, KEY, "none of this type"):
        warm_start.find(name, [tmp_path], KEY)
