"""What is saved is loaded; what is torn, or something else, is refused, and the file is named."""

from pathlib import Path

import numpy as np
import pytest

from recsys.files import arrays as files_arrays
from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.models import factors, manifest, model_folder
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import Notes
from recsys.models.offered import is_offered
from recsys.models.pairwise_fold import Pairwise
from recsys.program.errors import DataError
from tests.recsys.models.worlds import CURVE, RULE, model, save, with_manifest
from tests.worlds import complains, snapshot


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path)
    loaded = model_folder.load(tmp_path).factors
    assert (loaded.user_ids, loaded.item_ids) == (["007", "7"], ["NA", "đ", "z"])
    assert loaded.item_index == {"NA": 0, "đ": 1, "z": 2}
    assert loaded.user_factors.tobytes() == model().user_factors.tobytes()
    assert loaded.item_factors.tobytes() == model().item_factors.tobytes()
    assert loaded.score(np.array([1, 0])).tolist() == [[3, 4, 7], [1, 2, 3]]


@pytest.mark.parametrize("name", manifest.FILES)
def test_a_missing_or_changed_file_is_named(tmp_path: Path, name: str) -> None:
    save(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    path.unlink()
    with complains(DataError, path, "dvc repro"):
        model_folder.load(tmp_path)
    for content in (b"", whole[:-9], whole + b"x"):
        path.write_bytes(content)
        with complains(DataError, path, "dvc repro"):
            model_folder.load(tmp_path)
    path.write_bytes(whole)
    assert len(model_folder.load(tmp_path).factors.user_ids) == 2


def test_a_half_made_model_is_not_loaded(tmp_path: Path) -> None:
    save(tmp_path, shift=0)
    former = (tmp_path / "manifest.json").read_bytes()
    save(tmp_path, shift=1)
    (tmp_path / "manifest.json").write_bytes(former)  # killed before the new manifest
    with complains(DataError, tmp_path / "factors.npz"):
        model_folder.load(tmp_path)


@pytest.mark.parametrize("bad", ["shape", "width", "nan", "object"])
def test_factors_that_fit_their_hash_and_nothing_else_are_a_data_error(
    tmp_path: Path, bad: str
) -> None:
    save(tmp_path)
    users, items = np.ones((2, 2), np.float32), np.ones((3, 2), np.float32)
    users = {
        "shape": users[:1],
        "width": users[:, :1],
        "nan": users * np.nan,
        "object": users.astype(object),
    }[bad]
    path = tmp_path / "factors.npz"
    np.savez(
        path,
        user_ids=files_arrays.pack_ids(["a", "b"]),
        item_ids=files_arrays.pack_ids(["p", "q", "r"]),
        user_factors=users,
        item_factors=items,
    )
    content = read_json(tmp_path / "manifest.json")
    content["sha256"]["factors.npz"] = sha256_of(path)
    write_json(tmp_path / "manifest.json", content)
    with complains(DataError, path):
        model_folder.load(tmp_path)


@pytest.mark.parametrize(
    "rule",
    [
        None,
        LeastSquares(5.0, 0.1, 0.5, 0.0),
        Pairwise(0.05, 1e-4, 50),
        Cosines(0.15, 1.2),
    ],
)
def test_the_rule_for_new_users_is_saved_with_the_model(
    tmp_path: Path, rule: FoldIn | None
) -> None:
    whole = model()
    one = factors.Factors(
        whole.user_ids, whole.item_ids, whole.user_factors, whole.item_factors, rule
    )
    model_folder.save(one, CURVE, "als", {}, {}, tmp_path, Notes(epochs=3))
    assert model_folder.load(tmp_path).factors.new_user == rule
    assert manifest.read_checked(tmp_path).notes == Notes(epochs=3)


@pytest.mark.parametrize(
    "rule",
    [
        None,
        [],
        "x",
        7,
        [RULE],
        {"rule": "x"},
        {"rule": []},
        {"rule": {}},
        {"rule": "pairwise"},
        {"learning_rate": 0.1},
        {name: value for name, value in RULE.items() if name != "epochs"},
        {**RULE, "more": 1},
        {**RULE, "rule": "least_squares"},
        *({**RULE, "epochs": value} for value in (2.5, "3", None, True, [], -1, 1e9)),
        *(
            {**RULE, "learning_rate": value}
            for value in ("x", None, True, {}, -0.1, 10**400)
        ),
    ],
)
def test_a_rule_for_new_users_that_is_none_is_a_data_error(
    tmp_path: Path, rule: object
) -> None:
    save(tmp_path)
    with_manifest(tmp_path, new_user=rule)
    with complains(DataError, tmp_path / "manifest.json", "dvc repro"):
        model_folder.load(tmp_path)


def test_a_setting_beyond_all_numbers_is_a_data_error(tmp_path: Path) -> None:
    save(tmp_path)
    with_manifest(tmp_path, new_user=RULE)
    path = tmp_path / "manifest.json"
    path.write_text(
        path.read_text().replace('"learning_rate": 0.1', '"learning_rate": 1e999'),
        encoding="utf-8",
    )
    with complains(DataError, path):
        model_folder.load(tmp_path)


def test_a_model_of_before_there_were_rules_is_loaded(tmp_path: Path) -> None:
    save(tmp_path)
    content = read_json(tmp_path / "manifest.json")
    del content["new_user"], content["notes"]
    write_json(tmp_path / "manifest.json", content)
    assert model_folder.load(tmp_path).factors.new_user is None


USER_IDS, ITEM_IDS = (
    files_arrays.pack_ids(["a", "b"]),
    files_arrays.pack_ids(["p", "q", "r"]),
)


ROWS = np.ones((3, 2), np.float32)


@pytest.mark.parametrize(
    "arrays",
    [
        {"user_factors": ROWS[:2].astype(np.float64)},
        {"user_factors": ROWS[:2].astype(np.complex64)},
        {"item_factors": ROWS.astype(np.int32)},
        {"item_factors": ROWS.astype(str)},
        {"user_factors": ROWS[:2, 0], "item_factors": ROWS[:, 0]},
        {"user_factors": ROWS[:2, :, None], "item_factors": ROWS[:, :, None]},
        {"user_factors": np.float32(1)},
        {"item_factors": np.where(np.eye(3, 2) > 0, np.float32(np.nan), ROWS)},
        {"user_ids": files_arrays.pack_ids(["a", "a"])},
        {"item_ids": files_arrays.pack_ids(["p", "q", "p"])},
        {"item_ids": np.array([255, 10, 255, 10, 255], np.uint8)},
        {"item_ids": np.array(["p", "q", "r"])},
        {"user_ids": np.array(["a", "b"], dtype=object)},
    ],
)
def test_arrays_of_another_kind_are_a_data_error(tmp_path: Path, arrays: dict) -> None:
    save(tmp_path)
    whole = {
        "user_ids": USER_IDS,
        "item_ids": ITEM_IDS,
        "user_factors": ROWS[:2],
        "item_factors": ROWS,
    }
    np.savez(tmp_path / "factors.npz", **{**whole, **arrays})
    with_manifest(tmp_path)
    with complains(DataError, tmp_path / "factors.npz", "dvc repro"):
        model_folder.load(tmp_path)


def test_a_file_cut_anywhere_or_with_a_byte_changed_is_a_data_error_or_the_same_shapes(
    tmp_path: Path,
) -> None:
    save(tmp_path)
    path = tmp_path / "factors.npz"
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at])
        with_manifest(tmp_path)
        with complains(DataError, path, "dvc repro"):
            model_folder.load(tmp_path)
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with_manifest(tmp_path)
        try:
            loaded = model_folder.load(tmp_path).factors
        except DataError as error:
            assert str(path) in str(error)
        else:
            assert loaded.user_factors.tobytes() == model().user_factors.tobytes()
            assert loaded.item_factors.tobytes() == model().item_factors.tobytes()


FIRST = {"content": 1.0, "popularity": 2.0}
SECOND = {"content": 0.0, "popularity": 0.5, "neighbours": 3.0, "memory": 2.0}


@pytest.mark.parametrize(
    ("params", "served", "weights"),
    [
        ({"hybrid": FIRST}, SECOND, SECOND),
        ({"hybrid": FIRST}, None, {**FIRST, "neighbours": 0.0, "memory": 0.0}),
        ({}, SECOND, SECOND),
    ],
)
def test_it_serves_with_the_weights_that_were_noted_or_with_those_of_its_params(
    tmp_path: Path,
    params: dict[str, object],
    served: dict[str, float] | None,
    weights: dict[str, float],
) -> None:
    notes = Notes(served=served)
    model_folder.save(model(), CURVE, "als", params, {}, tmp_path, notes)
    saved = model_folder.load(tmp_path)
    assert saved.served_weights.model_dump() == weights


@pytest.mark.parametrize("params", [{}, {"hybrid": 3}, {"hybrid": {"content": 1.0}}])
def test_a_model_without_weights_says_so(
    tmp_path: Path, params: dict[str, object]
) -> None:
    model_folder.save(model(), CURVE, "als", params, {}, tmp_path)
    saved = model_folder.load(tmp_path)
    assert saved.weights is None
    with complains(DataError, tmp_path / "manifest.json", "hybrid", "dvc repro"):
        _ = saved.served_weights


def test_a_folder_may_offer_no_model(tmp_path: Path) -> None:
    save(tmp_path / "als")
    assert is_offered(tmp_path / "als")
    model_folder.save_none(tmp_path / "blend", "it does not lead")
    assert not is_offered(tmp_path / "blend")
    assert set(snapshot(tmp_path / "blend")) == set(manifest.FILES)
    with complains(DataError, tmp_path / "blend"):
        model_folder.load(tmp_path / "blend")
    with complains(DataError, tmp_path / "none"):
        is_offered(tmp_path / "none")
