"""What may happen to a project that is well: a function each."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl

from ops.deploy import hearings
from ops.scheduler import run_history
from recsys.files.tables import write_table
from recsys.statistics import court
from recsys.statistics.court import Hearing
from tests.ops.health.worlds import (
    DAY,
    HOUR,
    NOW,
    deploy,
    lock_data,
)


def in_registry(*statements: str) -> Callable[[Path], object]:
    def harm(root: Path) -> None:
        with closing(sqlite3.connect(root / "mlruns/mlflow.db")) as database, database:
            for statement in statements:
                database.execute(statement)

    return harm


def nothing_deployed(root: Path) -> None:
    shutil.rmtree(root / "mlruns")
    (root / "state/runner.db").unlink()


def cut(root: Path) -> None:
    content = (root / "data/processed/data_stats.json").read_bytes()
    (root / "data/processed/data_stats.json").write_bytes(content[:-3])


def tear(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_bytes(b"x" * 9000)


def drop(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).unlink()


def damage_release(root: Path) -> None:
    [array] = root.glob("releases/als-*/item_factors.npy")
    content = bytearray(array.read_bytes())
    content[-1] ^= 1
    array.chmod(0o644)
    array.write_bytes(content)


def lose_release(root: Path) -> None:
    """That which releases/current names; the registry's own is whole."""
    for folder in (root / "releases").glob("*-*"):
        shutil.rmtree(folder)
        (root / "releases/current").write_text(f"{folder.name}\n")


def lose_model(root: Path) -> None:
    shutil.rmtree(root / "releases")
    shutil.rmtree(root / "models")


def product_without_vector(root: Path) -> None:
    ids = [f"p{item}" for item in range(11)]
    write_table(
        pl.DataFrame({"product_id": ids}), root / "data/merged/products.parquet"
    )
    lock_data(root)


def fail_runs(root: Path) -> None:
    for _ in range(3):
        run = run_history.open_run(root / "state", "train", None, NOW - HOUR)
        assert run
        run_history.close_run(root / "state", run.id, "failed", 3, NOW)


def hang(root: Path) -> None:
    run_history.open_run(root / "state", "embed", None, NOW - 2 * DAY)


def miss(root: Path) -> None:
    slot = NOW - 3 * HOUR
    missed = {("refresh", slot): "the runner was down"}
    run_history.settle(root / "state", NOW, ["refresh"], {}, missed)


def model_of(root: Path) -> str:
    [release] = root.glob("releases/als-*")
    return release.name


def an_old_model(root: Path) -> None:
    deploy(root, model_of(root), NOW - 31 * DAY)


def a_ruling(root: Path) -> None:
    won, lost = np.ones(60), np.zeros(60)
    hearing = Hearing(2026, model_of(root), "als-0", lost, won)
    rules = court.Params(level=0.05, fewest_users=20)
    case = court.heard(court.opened("former", hearing), hearing, rules)
    db = root / "state/runner.db"
    hearings.append(db, hearings.Heard(NOW, NOW, {"former": case}))


def no_lock_of_dvc(root: Path) -> None:
    (root / "dvc.lock").write_text('schema: "2.0"\nstages:\n  merge:\n    outs: [')


def tear_vectors(root: Path) -> None:
    tear("data/embeddings/items.npz")(root)
    lock_data(root)
