"""Groups of test users, novelty and diversity by hand, and beside plain loops."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.ranking import breakdown

METRICS = ("recall_at_1", "ndcg_at_1")


def per_user(values: list[float]) -> dict[str, dict[str, np.ndarray]]:
    """Each ranker has these values in each metric."""
    row = dict.fromkeys(METRICS, np.array(values))
    return dict.fromkeys(breakdown.RANKERS, row)


def named(grouping: breakdown.Grouping) -> list[str]:
    return [grouping.names[at] for at in grouping.of_users]


def test_history_by_training_positives() -> None:
    assert named(breakdown.by_history(np.array([0, 1, 2, 3, 5, 6, 99]))) == [
        "no positive",
        "1 positive",
        "2 positives",
        "3 to 5 positives",
        "3 to 5 positives",
        "6 or more positives",
        "6 or more positives",
    ]


def test_deciles_of_items_the_most_popular_first() -> None:
    counts = np.arange(20)  # two items a tenth
    found = named(breakdown.by_popularity(np.array([19, 18, 17, 0]), counts))
    assert found == [
        "tenth 1: 18 to 19 positives",
        "tenth 1: 18 to 19 positives",
        "tenth 2: 16 to 17 positives",
        "tenth 10: 0 to 1 positives",
    ]


def test_items_with_equally_many_positives_are_of_one_decile() -> None:
    counts = np.array([5] + [1] * 9)
    grouping = breakdown.by_popularity(np.array([1, 1, 5]), counts)
    assert named(grouping) == ["tenth 2: 1 positive"] * 2 + ["tenth 1: 5 positives"]
    assert grouping.names[2] == "tenth 3: no items"


def test_cold_below_the_threshold() -> None:
    found = named(breakdown.by_cold(np.array([1, 2]), 2))
    assert found == ["cold: fewer than 2 positives", "2 or more positives"]


def test_a_group_has_the_mean_of_its_users_and_empty_groups_are_left_out() -> None:
    grouping = breakdown.Grouping(["a", "b", "c"], np.array([0, 2, 0]))
    found = breakdown.groups(per_user([0.0, 1.0, 0.5]), METRICS, grouping)
    assert [(group.name, group.users) for group in found] == [("a", 2), ("c", 1)]
    assert set(found[0].rankers) == {"als", "bpr", "blend", "popularity"}
    row = found[0].rankers["als"]
    assert row["recall_at_1"] == row["ndcg_at_1"] == 0.25
    assert 0 <= row["recall_at_1_low"] < 0.25 < row["recall_at_1_high"] <= 1


def test_a_user_with_several_test_items_stands_with_the_one_of_fewest_positives(
    tmp_path: Path,
) -> None:
    """p0 has 2 positives, p1 one, p2 none; u0 takes p0 and p2 next, u2 p0."""
    liked = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=np.float32)
    test = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 0]], dtype=np.float32)
    found = breakdown.breakdown(
        per_user([1.0, 0.0]),
        METRICS,
        csr_matrix(test),
        csr_matrix(liked),
        1,
        {"als": np.array([[0, 1]])},
        np.eye(3, dtype=np.float32),
    )
    cold = {group.name: group.rankers["als"]["recall_at_1"] for group in found.cold}
    assert cold == {"cold: fewer than 1 positives": 1, "1 or more positives": 0}
    # u0 has one positive, and u2
    assert [(group.name, group.users) for group in found.history] == [("1 positive", 2)]
    assert found.lists["als"].novelty == round(-np.log2(2 / 3 / 3) / 2, 6)
    assert found.lists["als"].diversity == 1
    breakdown.write(tmp_path / "breakdown.json", found)
    written = json.loads((tmp_path / "breakdown.json").read_text())
    assert list(written) == ["history", "popularity", "cold", "lists"]
    assert breakdown.Breakdown.model_validate(written) == found


def test_novelty_is_the_self_information_of_what_is_shown() -> None:
    counts = np.array([8, 4, 1, 0])
    novelty = breakdown.novelty(np.array([[0, 1], [1, -1]]), counts, 8)
    assert novelty == (0 + 1 + 1) / 3
    # nobody has it: as if one user had
    assert breakdown.novelty(np.array([[3]]), counts, 8) == 3
    assert breakdown.novelty(np.array([[-1]]), counts, 8) == 0


def test_diversity_as_a_plain_loop() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(30, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[3] = 0  # no text
    lists = np.stack([rng.permutation(30)[:5] for _ in range(20)])
    lists[0, 4] = lists[1, 1:] = -1
    wanted = []
    for items in lists:
        pairs = list(combinations(items[items >= 0], 2))
        if pairs:
            cosines = [vectors[one] @ vectors[other] for one, other in pairs]
            wanted.append(1 - np.mean(cosines))
    assert len(wanted) == 19
    found = breakdown.diversity(lists, vectors.astype(np.float32))
    assert found == pytest.approx(np.mean(wanted), abs=1e-6)


def test_diversity_of_the_same_texts_and_of_lists_too_short() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert breakdown.diversity(np.array([[0, 1]]), vectors) == 0
    assert breakdown.diversity(np.array([[0, 2]]), vectors) == 1
    assert breakdown.diversity(np.array([[0, -1]]), vectors) == 0
