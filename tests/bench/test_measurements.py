"""The measurements run, small and seeded: their tables have the rows and figures that they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from bench.models import cold, compare, defaults, gowalla, negatives, quality, warm
from bench.shop import generate
from bench.speed import als as als_speed
from ops.tuning.params_file import rewritten
from recsys.bpr import model as bpr_model
from recsys.dataset.interactions import Interactions
from recsys.program.params import load
from tests.worlds import even_odd, one_blas_thread

LIGHT = {
    "embed.dimension": 16,
    "train_als.factors": 8,
    "train_als.iterations": 3,
    "train_bpr.factors": 8,
    "train_bpr.epochs": 10,
    "train_bpr.early_stopping.patience": 1,
    "evaluate.bootstrap_samples": 100,
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop that is trained in a second."""
    folder = tmp_path_factory.mktemp("shop") / "tiny"
    generate.main([str(folder), "--users", "250", "--products", "40"])
    return folder


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """params.yaml with small models."""
    path = tmp_path_factory.mktemp("params") / "params.yaml"
    path.write_text(
        rewritten((ROOT / "params.yaml").read_text(encoding="utf-8"), LIGHT), encoding="utf-8"
    )
    return path


def rows_of(markdown: str) -> list[list[str]]:
    """Cells of the table rows, heads and rules left out."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    rules = {at for at, line in enumerate(lines) if line.startswith("|---")}
    kept = [line for at, line in enumerate(lines) if at not in rules and at + 1 not in rules]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def test_models_names_all_peers_and_ours(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = {
        name: (fit, {key: grid[key][:1] for key in grid})
        for name, (fit, grid) in compare.PEERS.items()
    }
    monkeypatch.setattr(compare, "PEERS", peers)
    with one_blas_thread():
        compare.main([str(raw), "--params", str(light), "--out", str(tmp_path / "out.md")])
    rows = rows_of((tmp_path / "out.md").read_text())
    ours = ["als_factors", "als", "bpr_factors", "bpr"]
    assert [row[0] for row in rows] == ["popularity", "content", *peers, *ours]
    assert all(0 <= float(row[1]) <= 1 and 0 <= float(row[3]) <= 1 for row in rows)
    popularity, content = rows[0], rows[1]
    gain = float(content[4].split()[0])
    assert gain == pytest.approx(float(content[3]) - float(popularity[3]), abs=2e-4)


def test_quality_reads_stars_and_ranks_with_each_confidence(
    raw: Path, light: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "SEEDS", (1,))
    monkeypatch.setattr(quality, "VARIANTS", ())
    with one_blas_thread():
        rows = rows_of(quality.report([raw], light))
    assert [row[0][:2] for row in rows[-6:]] == ["A:", "B:", "C:", "D:", "E:", "F:"]
    assert all(0 <= float(row[1]) <= 1 for row in rows[-6:])


def test_cold_has_three_tables_a_shop(
    raw: Path, light: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold, "SEEDS", (0,))
    with one_blas_thread():
        text = cold.report([raw], light)
    assert (
        text.count("|---") >= 3 and "ALS, feature prior and ridge" in text and "folded in" in text
    )


def test_defaults_shows_the_present_params_and_the_best_trials(
    raw: Path, light: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(defaults, "SAMPLE", raw)
    monkeypatch.setattr(defaults, "SEEDS", 2)
    with one_blas_thread():
        text = defaults.report([], ["bpr"], 2, light)
    rows = rows_of(text)
    assert [row[0] for row in rows] == ["params.yaml", "1", "2"]
    assert float(rows[1][2]) >= float(rows[2][2])  # the geometric mean


def test_warm_looks_at_both_ways(
    raw: Path, light: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(warm, "SAMPLE", raw)
    with one_blas_thread():
        warm.main(["--params", str(light), "--out", str(tmp_path / "out.md")])
    rows = rows_of((tmp_path / "out.md").read_text())
    assert {row[0] for row in rows} == {"from nothing", "warm"}
    assert rows[0][1] == "1" and rows[2][1] == "3"  # als, from nothing, 1 to 3 iterations


def test_negatives_compares_each_kind_with_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negatives, "LOOK_EVERY", 1)
    monkeypatch.setattr(negatives, "SEEDS", (42,))
    user_items = even_odd()
    nothing = csr_matrix(user_items.shape, dtype=np.float32)
    last = csr_matrix(
        (np.ones(12), (range(12), [8, 9] * 6)), shape=user_items.shape, dtype=np.float32
    )
    left = (user_items - user_items.multiply(last)).tocsr()
    left.eliminate_zeros()
    first = csr_matrix(
        (np.ones(12), (range(12), [0, 1] * 6)), shape=user_items.shape, dtype=np.float32
    )
    world = negatives.World(Interactions(left, left, nothing), first, last)
    params = load(bpr_model.Params, "train_bpr", ROOT / "params.yaml").model_copy(
        update={"factors": 4, "epochs": 3}
    )
    rows = rows_of("\n".join(negatives.table(world, params)))
    assert [row[0] for row in rows] == [name for name, *_ in negatives.VARIANTS]
    assert rows[0][4] == "" and all("[" in row[4] for row in rows[1:])


def test_gowalla_reads_a_line_a_user_and_fits_both_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    for name, low, high in (("train.txt", 0, 30), ("test.txt", 30, 40)):
        lines = [
            f"{user} {' '.join(map(str, low + rng.permutation(high - low)[:6]))}"
            for user in range(50)
        ]
        (tmp_path / name).write_text("\n".join([*lines, ""]))
    train = gowalla.read_split(tmp_path / "train.txt", (50, 40))
    assert train.nnz == 300 and set(train.data) == {1.0}
    held_out = gowalla.part_of(train, 0.5, seed=1)
    assert held_out.getnnz(axis=1).tolist() == [3] * 50
    monkeypatch.setattr(gowalla, "ALS", gowalla.ALS | {"factors": 4, "iterations": 2})
    monkeypatch.setattr(gowalla, "BPR", gowalla.BPR | {"factors": 4, "epochs": 5})
    lines = gowalla.table(train, gowalla.read_split(tmp_path / "test.txt", (50, 40)))
    assert [row[0] for row in rows_of("\n".join(lines))][:2] == ["ALS", "BPR"]


def test_the_speed_world_has_as_many_different_cells_as_it_says() -> None:
    made = als_speed.world(500, 100, 3000, seed=0)
    made.sum_duplicates()
    assert made.shape == (500, 100) and made.nnz == 3000
    assert made.getnnz(axis=0).max() > 3 * made.getnnz(axis=0).mean()


@pytest.mark.parametrize("program", ["als", "bpr"])
def test_both_solvers_are_timed_on_the_threads_that_were_asked_for(program: str) -> None:
    """Two threads and one give the same bytes here too, of a small world."""
    code = (
        f"from bench.speed import als as als_speed, {program} as one; import json;"
        "als_speed.USERS = one.USERS = 300; als_speed.ITEMS = one.ITEMS = 60;"
        "als_speed.ENTRIES = one.ENTRIES = 2000; one.REPEATS = 1; print(json.dumps(one.speed({})))"
    )
    found = []
    for threads in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("{}", threads)],
            cwd=ROOT,
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    assert found[0]["sha256"] == found[1]["sha256"]
    assert {"native", "implicit"} <= set(found[0]["seconds"]) and min(
        found[0]["seconds"].values()
    ) > 0
