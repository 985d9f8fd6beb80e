"""What is tried, how it is judged, and how a winner gets into params.yaml."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ruamel.yaml
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from ops.tuning import params as tune_params
from ops.tuning import params_file, trials
from ops.tuning import space as tuning
from ops.tuning.space import Choice, LogRange
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.program import params
from recsys.program.errors import ConfigError, DataError
from recsys.ranking import hybrid, metrics, top_k
from recsys.ranking.hybrid import Weights
from tests.worlds import complains, one_blas_thread, popular_last, processed_shop

YAML = ROOT / "params.yaml"
ALS = params.load(tuning.SECTIONS["als"], "train_als", YAML)
BPR = params.load(tuning.SECTIONS["bpr"], "train_bpr", YAML)
TUNE = params.load(tune_params.Params, "tune", YAML)
CONFIDENCE = csr_matrix(np.array([[5, 0, 5], [0, 5, 0]], dtype=np.float32))


def changed(section: params.Section, **keys: Any) -> Any:
    """The section with other values; keys in it joined by two underscores."""
    flat = {key.replace("__", "."): value for key, value in keys.items()}
    return type(section).model_validate(tuning.merged(section.model_dump(), flat))


# ---- the space ----


def test_one_penalty_is_the_same_pull_on_a_typical_row_whatever_the_scaling() -> None:
    mass = tuning.typical_mass(CONFIDENCE, 2)
    rows = [2 * 10 + 3, 2 * 5 + 3, 2 * 5 + 2, 2 * 5 + 2, 2 * 5 + 2]  # users, then items
    assert mass == pytest.approx(np.prod(rows) ** (1 / 5))
    for scaling in (0.0, 0.5, 1.0):
        point = {"penalty": 30.0, "alpha": 2.0, "frequency_scaling": scaling}
        made = tuning.settings(point, ALS, CONFIDENCE)
        assert made.regularization * mass**scaling == pytest.approx(30, rel=0.005)
        assert made.frequency_scaling == scaling


def test_params_and_their_point_give_each_other() -> None:
    present = changed(ALS, factors=64, frequency_scaling=0.5, regularization=0.61, alpha=7.5)
    space = tuning.space(changed(TUNE, als__penalty=[0.01, 10000.0]), present)
    point = tuning.point_of(present, space, CONFIDENCE)
    assert point is not None and point.keys() == space.keys()
    assert tuning.settings(point, present, CONFIDENCE) == present
    for other in (changed(present, factors=63), changed(present, regularization=1e6)):
        assert tuning.point_of(other, space, CONFIDENCE) is None


def test_numbers_are_rounded_to_three_digits_before_they_are_tried() -> None:
    point = {
        "factors": 32,
        "learning_rate": 0.0123456,
        "regularization": 0.00098765,
        "hard_negative_share.popular": 0.1,
    }
    made = tuning.settings(point, BPR, CONFIDENCE)
    assert (made.learning_rate, made.regularization) == (0.0123, 0.000988)
    assert tuning.changes(BPR, made) == {
        key: value
        for key, value in {
            "factors": 32,
            "learning_rate": 0.0123,
            "regularization": 0.000988,
            "hard_negative_share.popular": 0.1,
        }.items()
        if tuning.flattened(BPR.model_dump())[key] != value
    }


def test_what_the_solver_does_not_use_is_not_tried() -> None:
    plain = changed(
        ALS, solver="implicit", frequency_scaling=0.0, feature_prior=False, dislikes="drop"
    )
    assert tuning.space(TUNE, plain).keys() == {"factors", "penalty", "alpha"}
    plain = changed(
        BPR, solver="implicit", hard_negative_share__dislikes=0.0, hard_negative_share__popular=0.0
    )
    assert tuning.space(TUNE, plain).keys() == {"factors", "learning_rate", "regularization"}
    space = tuning.space(TUNE, BPR)
    assert space["learning_rate"] == LogRange(*TUNE.bpr.learning_rate)
    assert space["hard_negative_share.popular"] == Choice(
        tuple(TUNE.bpr.hard_negative_share.popular)
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("als.alpha", [3.0, 3.0]),
        ("als.alpha", [0.0, 3.0]),
        ("als.alpha", [1.0]),
        ("als.factors", []),
        ("als.factors", [16, 16]),
        ("als.factors", [0]),
        ("als.frequency_scaling", [1.5]),
        ("bpr.hard_negative_share", {"dislikes": [0.6], "popular": [0.0, 0.6]}),
        ("hybrid.content", [-0.1]),
        ("objective", "recall_at_20"),
        ("trials", 0),
        ("timeout_s", 0),
        ("layers", 3),
    ],
)
def test_a_wrong_section_is_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        tune_params.Params.model_validate(tuning.merged(TUNE.model_dump(), {key: value}))
    assert key.split(".")[-1] in str(caught.value) or "shares" in str(caught.value)


def test_pairs_of_weights_begin_with_none_and_grow() -> None:
    grid = tune_params.HybridGrid(content=[0.5, 0.0], popularity=[1.0, 0.0])
    assert [(one.content, one.popularity) for one in tuning.pairs(grid)] == [
        (0, 0),
        (0.5, 0),
        (0, 1),
        (0.5, 1),
    ]


# ---- judging ----


def world(
    seed: int, users: int = 30, items: int = 17
) -> tuple[Interactions, csr_matrix, np.ndarray]:
    """Random interactions, one held-out positive of two users in three, and vectors."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(4, p=[0.6, 0.2, 0.1, 0.1], size=(users, items))
    held_out = np.zeros((users, items), dtype=np.float32)
    held_out[np.arange(users), rng.integers(0, items, users)] = np.arange(users) % 3 > 0
    held_out[kind == 2] = 0
    binary = csr_matrix(((kind == 1) & (held_out == 0)).astype(np.float32))
    known = Interactions(binary * np.float32(5), binary, csr_matrix((kind == 2).astype(np.float32)))
    return known, csr_matrix(held_out), rng.integers(-2, 3, (items, 3)).astype(np.float32)


@pytest.mark.parametrize("cells", [1, 50, 8 << 20])
@pytest.mark.parametrize("tied", [True, False])
def test_places_give_the_metrics_of_a_full_ranking_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch, cells: int, tied: bool
) -> None:
    monkeypatch.setattr(top_k, "BATCH_CELLS", cells)
    pairs = [Weights(content=c, popularity=p) for c in (0, 0.3, 2) for p in (0, 0.7, 1)]
    for seed in range(5):
        known, held_out, vectors = world(seed)
        drawn = np.random.default_rng(seed).normal(size=(30, 17)).astype(np.float32)
        scores = np.round(drawn) if tied else drawn
        found = trials.places(lambda users, s=scores: s[users], known, held_out, vectors, pairs)
        for row, weights in zip(found, pairs, strict=True):
            full = hybrid.scorer(lambda users, s=scores: s[users], known.binary, vectors, weights)
            expected, _ = metrics.evaluate(full, known.seen, held_out, [10])
            for metric in trials.GAINS:
                assert trials.gains(row, metric).tolist() == expected[metric].tolist()


def test_a_held_out_item_that_was_seen_is_no_hit() -> None:
    known, held_out, vectors = world(0)
    clash = Interactions(known.confidence, known.binary, held_out)
    found = trials.places(
        lambda users: np.ones((len(users), 17)),
        clash,
        held_out,
        vectors,
        [Weights(content=0, popularity=0)],
    )
    assert (found == trials.DEEPEST).all()


def test_a_score_that_is_not_a_number_is_refused() -> None:
    known, held_out, vectors = world(0)
    with pytest.raises(ValueError, match="not a number"):
        trials.places(
            lambda users: np.full((len(users), 17), np.nan),
            known,
            held_out,
            vectors,
            [Weights(content=0, popularity=0)],
        )


def inputs_of(folder: Path, user_items: csr_matrix) -> Inputs:
    shop = processed_shop(folder, user_items)
    return read_inputs(shop.processed, shop.embeddings)


@pytest.mark.parametrize(("present", "popularity"), [(ALS, 50), (BPR, 0)])
def test_popularity_is_given_weight_where_the_factors_do_not_know_it(
    tmp_path: Path, present: tuning.ModelParams, popularity: float
) -> None:
    """All users take the most popular item next. The factors of bpr have a bias an item, those of
    als have none.
    """
    on = trials.fold(inputs_of(tmp_path, popular_last()), 100)
    light = (
        {"regularization": 0.6, "frequency_scaling": 0.5, "alpha": 7.5} if present is ALS else {}
    )
    small = changed(present, factors=4, hybrid={"content": 0.0, "popularity": 99.0}, **light)
    pairs = [Weights(content=0, popularity=p) for p in (0, popularity, 99)]
    with one_blas_thread():
        found = trials.judged(small, on, pairs, "ndcg_at_10")
    assert found.places.tolist() == found.given.tolist() == [0] * 20
    assert found.weights.popularity == popularity
    assert found.plain.any() == (present is ALS)
    assert (found.epochs is None) == (present is ALS)


def test_the_fold_is_judged_by_at_most_so_many_users_and_needs_one(tmp_path: Path) -> None:
    inputs = inputs_of(tmp_path / "some", popular_last())
    on = trials.fold(inputs, 7)
    assert (on.held_out.nnz, on.inputs.held_out.nnz, on.known.binary.nnz) == (7, 20, 60)
    with complains(DataError, "validation.parquet", "make repro"):
        trials.fold(inputs_of(tmp_path / "none", csr_matrix(np.eye(4, dtype=np.float32))), 7)


# ---- params.yaml ----


def test_only_the_values_of_params_yaml_change() -> None:
    before = YAML.read_bytes().decode()
    keys = {
        "train_als.factors": 7,
        "train_als.regularization": 0.000123,
        "train_als.hybrid.popularity": 1234.5,
        "train_bpr.hard_negative_share.dislikes": 0.125,
    }
    after = params_file.rewritten(before, keys)
    old, new = before.split("\n"), after.split("\n")
    different = [at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    assert len(different) == len(keys)
    for at, value in zip(different, ("7", "0.000123", "1234.5", "0.125"), strict=True):
        line, _, comment = new[at].partition("#")
        assert comment == old[at].partition("#")[2]
        begin = next(n for n, (a, b) in enumerate(zip(old[at], new[at], strict=False)) if a != b)
        start = new[at].rindex(" ", 0, begin + 1) + 1
        assert new[at][:start] == old[at][:start] and line[start:].rstrip(" }") == value
    same = params_file.rewritten(after, {key: _value(before, key) for key in keys})
    assert [line.split() for line in same.split("\n")] == [line.split() for line in old]


def _value(text: str, key: str) -> Any:
    return tuning.flattened(ruamel.yaml.YAML(typ="safe", pure=True).load(text))[key]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("a:\n  b: 1   # why\n", 100, "a:\n  b: 100 # why\n"),
        ("a:\n  b: 1   # why\n", 12345, "a:\n  b: 12345 # why\n"),
        ("a:\n  b: 123 # why\n", 1, "a:\n  b: 1   # why\n"),
        ("a: {c: 1, b: 10, d: 2}    # why\n", 0.00001, "a: {c: 1, b: 0.00001, d: 2} # why\n"),
        ("a:\r\n  b: 1e-3\r\n", 2.0, "a:\r\n  b: 2.0\r\n"),
        ("# é\na:\n    b: 1\nc: 2\n", 0.5, "# é\na:\n    b: 0.5\nc: 2\n"),
    ],
)
def test_a_comment_keeps_its_column_if_it_can(before: str, value: float, after: str) -> None:
    assert params_file.rewritten(before, {"a.b": value}) == after


@pytest.mark.parametrize(
    "text", ["a: 1\n", "a: {c: 1}\n", "a: {b: [1]}\n", "a: {b: &x 1}\n", 'a: {b: "1"}\n', ""]
)
def test_what_cannot_be_changed_in_place_is_refused(text: str) -> None:
    with complains(ConfigError, "a.b", "by hand"):
        params_file.rewritten(text, {"a.b": 2})
