"""CPU seconds of evaluators, small."""

import builtins
import json

import numpy as np
import pytest

from bench.speed import ranking


def test_every_way_is_timed(capsys) -> None:
    assert ranking.main(["60", "50", "--repeats", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["cpu"]) == list(ranking.WAYS) and not found["missing"]


def test_all_ways_rank_the_same_lists() -> None:
    ranked = ranking.world(60, 50)
    per_user, _ = ranking.ours(ranked)()
    ours = float(per_user["ndcg_at_20"].mean())
    assert ranking.irspack(ranked)()["ndcg@20"] == pytest.approx(ours)
    assert ranking.implicit(ranked)()["ndcg"] == pytest.approx(ours, rel=1e-5)


def test_a_test_item_is_never_seen() -> None:
    _, _, seen, test = ranking.world(60, 50)
    assert test.nnz == 60 and not seen.multiply(test).nnz
    assert set(np.unique(seen.data)) == {1.0}


def test_a_library_that_is_not_there_is_said(monkeypatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        if name.startswith("irspack"):
            raise ImportError("No module named 'irspack'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    found = ranking.speed(40, 40, 1)
    assert "irspack" not in found["cpu"]
    table = list(ranking.lines({"40 x 40": found}))
    assert "| No module named 'irspack' |" in table[2]


@pytest.mark.parametrize(
    "sizes", [["0", "50"], ["10", "20"], ["9", "99", "--repeats", "0"]]
)
def test_sizes_that_cannot_be_ranked_are_one_message(sizes: list[str], capsys) -> None:
    assert ranking.main(sizes) == 2
    assert capsys.readouterr().err.count("\n") == 1
