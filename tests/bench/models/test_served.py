"""The bench of what is served reads a shop's matrices, and its table has every ranker."""

import re
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, save_npz

from bench.house.imports import ROOT
from bench.models import served
from tests.recsys.als.test_search import inputs
from tests.worlds import one_blas_thread


def shop(folder: Path) -> Path:
    """Matrices whose test item is another one of the user's kind."""
    one = inputs(0)
    binary, held = one.known.binary, one.held_out
    test = np.zeros(binary.shape, np.float32)
    for user in range(binary.shape[0]):
        own = set(range(user % 3, binary.shape[1], 3)) - set(binary[user].indices)
        test[user, min(own)] = 1
    folder.mkdir()
    for name, matrix in (
        ("binary", binary),
        ("dislikes", one.known.dislikes),
        ("held", held),
        ("test", csr_matrix(test)),
    ):
        save_npz(folder / f"{name}.npz", matrix)
    return folder


def test_every_ranker_has_its_line(tmp_path: Path) -> None:
    with one_blas_thread():
        lines = list(
            served.report([shop(tmp_path / "kinds")], ROOT / "params.yaml", [1])
        )
    rows = [re.split(r" *\| *", line)[1:] for line in lines[3:]]
    assert [row[2] for row in rows[:8]] == 2 * [
        "fitted",
        "fitted, factors alone",
        "params.yaml",
        "params.yaml, factors alone",
    ]
    assert {row[0] for row in rows} == {"kinds"}
    assert float(rows[0][3]) > 0.9  # there are ten items of a kind
    assert re.fullmatch(r"\S+ [\d.]+/[\d.]+/[\d.]+", rows[8][2])
    assert "seconds" in lines[-1]
