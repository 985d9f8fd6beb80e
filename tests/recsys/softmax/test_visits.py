"""An epoch sees every positive once, in visits of a few, and negatives once a batch."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.program.seeds import generator
from recsys.softmax import visits
from recsys.softmax.visits import MOST, Batch, batches_of_epoch, batches_per_epoch

COUNTS = [0, 1, 8, 9, 20, 3, 16]


def histories() -> csr_matrix:
    """Users with so many positives, the n-th from item n on."""
    cells = np.zeros((len(COUNTS), 40), dtype=np.float32)
    for user, count in enumerate(COUNTS):
        cells[user, user : user + count] = 1
    return csr_matrix(cells)


def epoch(seed: int = 0) -> list[Batch]:
    return list(batches_of_epoch(histories(), generator(seed)))


def pairs(batches: list[Batch]) -> list[tuple[int, int]]:
    return [
        (int(user), int(item))
        for one in batches
        for user, item in zip(one.users[one.visits], one.positives, strict=True)
    ]


def test_every_positive_is_seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "BATCH", 3)
    batches = epoch()
    rows, columns = histories().nonzero()
    assert sorted(pairs(batches)) == list(zip(rows, columns, strict=True))
    assert [len(one.users) for one in batches] == [3, 3, 3, 1]
    assert batches_per_epoch(histories()) == 4


def test_a_visit_has_at_most_so_many_and_only_the_last_of_a_user_has_fewer() -> None:
    (batch,) = epoch()
    lengths = np.diff(batch.begin)
    for user, count in enumerate(COUNTS):
        own = sorted(lengths[batch.users == user].tolist(), reverse=True)
        whole, rest = divmod(count, MOST)
        assert own == [MOST] * whole + ([rest] if rest else [])


def test_another_epoch_cuts_the_histories_otherwise_and_the_same_one_alike() -> None:
    first, again, other = (pairs(epoch(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_negatives_are_all_items_where_there_are_few() -> None:
    assert epoch()[0].negatives.tolist() == list(range(40))


def test_negatives_are_different_items_each_as_likely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visits, "NEGATIVES", 10)
    drawn = [epoch(seed)[0].negatives for seed in range(400)]
    assert all(len(set(one.tolist())) == 10 for one in drawn)
    counts = np.bincount(np.concatenate(drawn), minlength=40)
    assert counts.min() > 60 and counts.max() < 145  # 100 each, give or take 9
