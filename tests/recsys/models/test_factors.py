"""A model is the same files for the same factors, is named by them, and is refused when one of them
is not whole.
"""

import io
import json
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.files import arrays as files_arrays
from recsys.files.arrays import read_arrays
from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.models import factors, manifest, model_folder
from recsys.models.fold_in import FoldIn, LeastSquares, Pairwise
from recsys.program.errors import DataError
from tests.worlds import complains, snapshot

CURVE = [{"iteration": 1.0, "loss": 0.5}]


def model(shift: float = 0) -> factors.Factors:
    users, items = np.array([[1, 2], [3, 4 + shift]]), np.array([[1, 0], [0, 1], [1, 1]])
    return factors.Factors(
        ["007", "7"], ["NA", "đ", "z"], users.astype(np.float32), items.astype(np.float32)
    )


def save(folder: Path, shift: float = 0, **params: object) -> str:
    return model_folder.save(model(shift), CURVE, "als", params, {"X.npz": "ab"}, folder)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path)
    loaded = model_folder.load(tmp_path).factors
    assert (loaded.user_ids, loaded.item_ids) == (["007", "7"], ["NA", "đ", "z"])
    assert loaded.item_index == {"NA": 0, "đ": 1, "z": 2}
    assert loaded.user_factors.tobytes() == model().user_factors.tobytes()
    assert loaded.item_factors.tobytes() == model().item_factors.tobytes()
    assert loaded.score(np.array([1, 0])).tolist() == [[3, 4, 7], [1, 2, 3]]


def test_same_factors_same_bytes_same_name(tmp_path: Path) -> None:
    names = [save(tmp_path / folder, seed=1) for folder in ("a", "b")]
    assert names[0] == names[1]
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    assert snapshot(tmp_path / "a").keys() == set(manifest.FILES)
    assert names[0].startswith("als-")
    assert len(names[0]) == len("als-") + 12
    assert manifest.read_checked(tmp_path / "a").model_id == names[0]


def test_other_factors_or_params_are_another_name(tmp_path: Path) -> None:
    assert len({save(tmp_path), save(tmp_path, shift=1), save(tmp_path, seed=2)}) == 3


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


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        "x",
        None,
        {"model_type": "als"},
        {"model_type": "als", "sha256": []},
        {"model_type": "als", "sha256": "x"},
        {"model_type": "als", "sha256": None},
    ],
)
def test_a_manifest_that_is_none_is_a_data_error(tmp_path: Path, content: object) -> None:
    save(tmp_path)
    write_json(tmp_path / "manifest.json", content)
    with complains(DataError, tmp_path, "dvc repro"):
        manifest.read_checked(tmp_path)


@pytest.mark.parametrize("part", ["params", "inputs"])
def test_a_manifest_with_a_part_of_another_kind_is_a_data_error(tmp_path: Path, part: str) -> None:
    save(tmp_path)
    write_json(tmp_path / "manifest.json", {**read_json(tmp_path / "manifest.json"), part: None})
    with complains(DataError, tmp_path / "manifest.json", part, "dvc repro"):
        manifest.read_checked(tmp_path)


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
    ("users", "items", "word"),
    [
        (np.ones((1, 2)), np.ones((3, 2)), "2 users and 3 items"),
        (np.ones((2, 2)), np.ones((4, 2)), "2 users and 3 items"),
        (np.ones((2, 2)), np.ones((3, 1)), "width"),
        (np.ones((2, 2)), np.full((3, 2), np.inf), "not finite"),
    ],
)
def test_factors_of_other_rows_than_the_ids_are_refused(
    users: np.ndarray, items: np.ndarray, word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        factors.Factors(["a", "b"], ["p", "q", "r"], users, items)


@pytest.mark.parametrize("ids", [[], ["a"], ["007", "7", "NA", "Đỗ", "a b", "😀"]])
def test_ids_are_packed_without_pickle(ids: list[str]) -> None:
    packed = files_arrays.pack_ids(ids)
    assert packed.dtype == np.uint8
    assert files_arrays.unpack_ids(packed) == ids


# ---- recommendations ----


def ranked(scores: list[list[float]]) -> factors.Factors:
    """A model whose users have these scores for items p0, p1, ..."""
    rows = np.array(scores, np.float32)
    items = [f"p{item}" for item in range(rows.shape[1])]
    return factors.Factors(
        [str(u) for u in range(len(rows))], items, rows, np.eye(len(items), dtype=np.float32)
    )


def seen(rows: list[list[float]]) -> csr_matrix:
    return csr_matrix(np.array(rows, np.float32))


def test_the_best_unseen_items_come_first() -> None:
    model = ranked([[1, 5, 3, 2], [9, 8, 7, 6]])
    assert model.recommend(np.array([0, 1]), seen([[0, 1, 0, 0], [0, 0, 0, 0]]), 2) == [
        ["p2", "p3"],
        ["p0", "p1"],
    ]
    assert model.recommend(np.array([1, 1]), seen([[1, 0, 0, 0], [0, 1, 0, 0]]), 1) == [
        ["p1"],
        ["p0"],
    ]


def test_where_items_run_out_the_list_is_shorter_and_has_no_filler() -> None:
    model = ranked([[1, -5, 3]])
    assert model.recommend(np.array([0]), seen([[1, 0, 1]]), 10) == [["p1"]]
    assert model.recommend(np.array([0]), seen([[1, 1, 1]]), 10) == [[]]
    assert model.recommend(np.array([], dtype=np.int64), csr_matrix((0, 3)), 10) == []


def test_ties_go_to_the_item_with_the_smaller_index() -> None:
    model = ranked([[0, 7, -0.0, 7, 0, 7]])
    assert model.recommend(np.array([0]), seen([[0] * 6]), 6) == [
        ["p1", "p3", "p5", "p0", "p2", "p4"]
    ]
    assert model.recommend(np.array([0]), seen([[0, 1, 0, 0, 0, 0]]), 2) == [["p3", "p5"]]


@pytest.mark.parametrize("seed", range(3))
def test_recommendations_are_those_of_a_plain_sort(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-3, 4, (20, 15)).astype(np.float32)
    known = rng.random((20, 15)) < 0.3
    found = ranked(scores.tolist()).recommend(
        np.arange(20), csr_matrix(known.astype(np.float32)), 7
    )
    for user in range(20):
        unseen = [item for item in range(15) if not known[user, item]]
        expected = sorted(unseen, key=lambda item: (-scores[user, item], item))[:7]
        assert found[user] == [f"p{item}" for item in expected]


def test_a_recommendation_changes_no_factors() -> None:
    model = ranked([[1, 5, 3]])
    before = model.user_factors.copy()
    model.recommend(np.array([0]), seen([[1, 1, 0]]), 2)
    assert np.array_equal(model.user_factors, before)


def like(rows: list[list[float]], rule: FoldIn | None = None) -> factors.Factors:
    items = np.array(rows, np.float32)
    return factors.Factors([], [f"p{item}" for item in range(len(rows))], items[:0], items, rule)


def test_similar_items_are_those_with_the_highest_cosine_and_not_the_item() -> None:
    model = like([[1, 0], [10, 10], [0, 3], [-2, 0]])
    found = model.similar_items("p0", 9)
    assert [item for item, _ in found] == ["p1", "p2", "p3"]
    assert [cosine for _, cosine in found] == pytest.approx([1 / np.sqrt(2), 0, -1])
    assert model.similar_items("p0", 1) == found[:1]


def test_similar_items_with_equal_cosine_stand_by_index_and_one_without_factors_is_like_none() -> (
    None
):
    model = like([[1, 0], [2, 0], [0, 0], [4, 0]])
    assert model.similar_items("p1", 3) == [("p0", 1.0), ("p3", 1.0), ("p2", 0.0)]
    assert model.similar_items("p2", 3) == [("p0", 0.0), ("p1", 0.0), ("p3", 0.0)]
    assert like([[1, 1]]).similar_items("p0", 5) == []


def test_the_bias_of_an_item_is_no_likeness() -> None:
    rows: list[list[float]] = [[1, 0, 50], [0, 1, 50], [1, 0.1, -50]]
    assert [item for item, _ in like(rows, Pairwise(0.1, 0.1, 3)).similar_items("p0", 2)] == [
        "p2",
        "p1",
    ]
    assert [item for item, _ in like(rows).similar_items("p0", 2)] == ["p1", "p2"]


def test_an_unknown_item_is_a_data_error() -> None:
    with complains(DataError, "'p9'", "2 items"):
        like([[1], [2]]).similar_items("p9", 3)


# ---- new users ----


@pytest.mark.parametrize("rule", [None, LeastSquares(5.0, 0.1, 0.5, 0.0), Pairwise(0.05, 1e-4, 50)])
def test_the_rule_for_new_users_is_saved_with_the_model(
    tmp_path: Path, rule: FoldIn | None
) -> None:
    whole = model()
    one = factors.Factors(
        whole.user_ids, whole.item_ids, whole.user_factors, whole.item_factors, rule
    )
    model_folder.save(one, CURVE, "als", {}, {}, tmp_path, {"why": "x"})
    assert model_folder.load(tmp_path).factors.new_user == rule
    assert manifest.read_checked(tmp_path).as_json()["notes"] == {"why": "x"}


def test_fold_in_is_the_rule_on_the_models_items() -> None:
    rule = LeastSquares(5.0, 0.1, 0.0, 1.0)
    one = like([[1, 0], [0, 1], [1, 1]], rule)
    liked, disliked = seen([[3, 0, 0]]), seen([[0, 1, 0]])
    assert np.array_equal(one.fold_in(liked, disliked), rule(one.item_factors, liked, disliked))


def test_fold_in_without_a_rule_or_with_other_items_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule"):
        like([[1], [2]]).fold_in(seen([[1, 0]]), seen([[0, 0]]))
    one = like([[1], [2]], LeastSquares(5.0, 0.1, 0.0, 1.0))
    for liked, disliked in (([[1, 0, 0]], [[0, 0]]), ([[1, 0]], [[0]])):
        with pytest.raises(ValueError, match="2 items"):
            one.fold_in(seen(liked), seen(disliked))


# ---- hostile files ----

RULE = {"rule": "pairwise", "learning_rate": 0.1, "regularization": 0.1, "epochs": 3}


def with_manifest(folder: Path, **changes: object) -> None:
    """The saved model's manifest with these keys, and with the hash that its factors have now."""
    content = {**read_json(folder / "manifest.json"), **changes}
    content["sha256"] = {name: sha256_of(folder / name) for name in manifest.FILES[:2]}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


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
        *({**RULE, "learning_rate": value} for value in ("x", None, True, {}, -0.1, 10**400)),
    ],
)
def test_a_rule_for_new_users_that_is_none_is_a_data_error(tmp_path: Path, rule: object) -> None:
    save(tmp_path)
    with_manifest(tmp_path, new_user=rule)
    with complains(DataError, tmp_path / "manifest.json", "dvc repro"):
        model_folder.load(tmp_path)


def test_a_setting_beyond_all_numbers_is_a_data_error(tmp_path: Path) -> None:
    save(tmp_path)
    with_manifest(tmp_path, new_user=RULE)
    path = tmp_path / "manifest.json"
    path.write_text(
        path.read_text().replace('"learning_rate": 0.1', '"learning_rate": 1e999'), encoding="utf-8"
    )
    with complains(DataError, path):
        model_folder.load(tmp_path)


def test_a_model_of_before_there_were_rules_is_loaded(tmp_path: Path) -> None:
    save(tmp_path)
    content = read_json(tmp_path / "manifest.json")
    del content["new_user"], content["notes"]
    write_json(tmp_path / "manifest.json", content)
    assert model_folder.load(tmp_path).factors.new_user is None


USER_IDS, ITEM_IDS = files_arrays.pack_ids(["a", "b"]), files_arrays.pack_ids(["p", "q", "r"])
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


def header(shape: tuple, kind: str = "<f4") -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        content, {"descr": kind, "fortran_order": False, "shape": shape}
    )
    return content.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    "member",
    [
        header((10**12, 64)) + b"1234",
        header((10**30, 0)),
        header((2**62, 4)) + b"1234",
        header((-1, 2)) + b"12345678",
        header((3, 2)) + b"1234",
        header((1,)) + b"12345678",
        header((10**12,), "|O"),
        header((1,), "<U1000000000"),
        b"no array",
        b"",
    ],
)
def test_an_array_that_claims_another_size_is_refused_before_memory_is_asked_for(
    tmp_path: Path, member: bytes, compression: int
) -> None:
    save(tmp_path)
    with zipfile.ZipFile(tmp_path / "factors.npz", "a", compression) as archive:
        archive.writestr("more.npy", member)
    with_manifest(tmp_path)
    tracemalloc.start()
    with complains(DataError, tmp_path / "factors.npz", "dvc repro"):
        model_folder.load(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_member_that_claims_more_than_the_file_can_hold_is_refused(tmp_path: Path) -> None:
    save(tmp_path)
    path = tmp_path / "factors.npz"
    content, claimed = path.read_bytes(), (2**31).to_bytes(4, "little")
    entry = content.index(b"PK\x01\x02")
    for at in ((20,), (24,), (20, 24)):  # compressed size, size
        spoilt = bytearray(content)
        for place in at:
            spoilt[entry + place : entry + place + 4] = claimed
        path.write_bytes(bytes(spoilt))
        with_manifest(tmp_path)
        with complains(DataError, path, "claims"):
            model_folder.load(tmp_path)


def test_a_compressed_archive_is_read_and_one_of_another_compression_refused(
    tmp_path: Path,
) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(100_000))
    assert read_arrays(tmp_path / "a.npz", "x", "y")["x"].shape == (100_000,)
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", header((1,)) + b"1234")
    with complains(DataError, tmp_path / "b.npz"):
        read_arrays(tmp_path / "b.npz", "x", "y")


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
