"""A fit begins at an earlier model: rows go by external id, what is new gets rows of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.files.atomic import read_json, write_json
from recsys.models import factors, manifest, model_folder, ridge_map, warm_start
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import Notes
from recsys.models.pairwise_fold import Pairwise
from recsys.program.errors import ConfigError
from tests.worlds import complains

KEY = "train_als.warm_start"
SPLIT = {"split.json": "a" * 64}  # the hash of what the data was split by
SQUARES = LeastSquares(5.0, 0.1, 0.0, 1.0)
PAIRS = Pairwise(0.1, 0.01, 20)
USERS, ITEMS = ["7", "007", "NA"], ["p1", "p2", "đ", "p4", "p5"]


def model(rule: FoldIn | None = SQUARES, shift: float = 0) -> factors.Factors:
    rng = np.random.default_rng(0)
    users, items = (
        rng.normal(size=(len(ids), 3)).astype(np.float32) for ids in (USERS, ITEMS)
    )
    return factors.Factors(USERS, ITEMS, users + np.float32(shift), items, rule)


def vectors(items: int) -> np.ndarray:
    """The texts of the five old items tell their factors; those of new ones are like that of p1."""
    found = np.zeros((items, 4), np.float32)
    found[: len(ITEMS), :3], found[len(ITEMS) :, :3] = (
        model().item_factors,
        model().item_factors[0],
    )
    return found


def matrix(shape: tuple[int, int], *cells: tuple[int, int]) -> csr_matrix:
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    return csr_matrix((np.ones(len(cells), np.float32), (rows, columns)), shape=shape)


def aligned(
    ids: Ids,
    *liked: tuple[int, int],
    one: factors.Factors | None = None,
    texts: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    shape = len(ids.users), len(ids.items)
    texts = np.zeros((shape[1], 4), np.float32) if texts is None else texts
    return warm_start.aligned(
        one or model(), ids, 3, matrix(shape, *liked), matrix(shape), texts, KEY
    )


def save(folder: Path, kind: str = "als", shift: float = 0, **notes: object) -> str:
    return model_folder.save(
        model(shift=shift), [], kind, {}, SPLIT, folder, Notes.model_validate(notes)
    )


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


# ---- where the model is ----


def test_a_model_is_found_by_its_id_in_the_runs_of_mlflow(tmp_path: Path) -> None:
    runs = [
        tmp_path / "mlruns" / "artifacts" / run / "artifacts" / "model"
        for run in ("0a" * 16, "1b" * 16)
    ]
    names = [save(folder, shift=shift) for shift, folder in enumerate(runs)]
    (tmp_path / "mlruns" / "artifacts" / ("2c" * 16) / "artifacts" / "lineage").mkdir(
        parents=True
    )
    assert warm_start.kept_models(tmp_path / "mlruns") == runs
    for name, folder in zip(names, runs, strict=True):
        assert warm_start.find(name, runs, KEY).folder == folder


def test_no_runs_are_no_models(tmp_path: Path) -> None:
    assert warm_start.kept_models(tmp_path / "mlruns") == []


def test_an_unknown_id_is_told_the_known_ones_of_its_type(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcd"]
    first, second = save(folders[0]), save(folders[1], shift=1)
    same, other = save(folders[2]), save(folders[3], kind="bpr")
    assert same == first
    with pytest.raises(ConfigError) as caught:
        warm_start.find("als-000000000000", folders, KEY)
    message = str(caught.value)
    assert message.startswith(f"params.yaml: {KEY}: no model 'als-000000000000'")
    assert f"there are {', '.join(sorted([first, second]))};" in message
    assert other not in message
    with complains(ConfigError, KEY, "none of this type", "off"):
        warm_start.find("bpr-000000000000", folders[:3], KEY)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '"x"', "5", "{}", '{"model_type": []}', "[" * 9999, "NaN"],
)
def test_what_is_no_model_beside_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text(content, encoding="utf-8")
    (tmp_path / "strange" / "manifest.json").mkdir(parents=True)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "bytes").mkdir()
    (tmp_path / "bytes" / "manifest.json").write_bytes(b"\xff\xfe")
    name = save(tmp_path / "whole")
    beside = [tmp_path / one for one in ("none", "torn", "strange", "file", "bytes")]
    assert (
        warm_start.find(name, [*beside, tmp_path / "whole"], KEY).folder
        == tmp_path / "whole"
    )
    with complains(ConfigError, name):
        warm_start.find(name, beside, KEY)


def test_a_torn_copy_gives_way_to_a_whole_one(tmp_path: Path) -> None:
    name = save(tmp_path / "own")
    assert save(tmp_path / "run") == name
    half = (tmp_path / "own" / "factors.npz").read_bytes()[:-9]
    (tmp_path / "own" / "factors.npz").write_bytes(half)
    assert (
        warm_start.find(name, [tmp_path / "own", tmp_path / "run"], KEY).folder
        == tmp_path / "run"
    )


def test_a_model_that_is_torn_wherever_it_is_is_named(tmp_path: Path) -> None:
    name = save(tmp_path / "own")
    (tmp_path / "own" / "factors.npz").unlink()
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "manifest.json").write_text("{", encoding="utf-8")
    with complains(
        ConfigError, KEY, name, tmp_path / "own" / "factors.npz", "take another", "off"
    ):
        warm_start.find(name, [tmp_path / "own", tmp_path / "junk"], KEY)


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
