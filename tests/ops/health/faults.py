"""A fault for each check: how it is planted, what is ill then, the exit code, the next step."""

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
from recsys.intake.drop_log import Entry, note
from recsys.statistics import court
from recsys.statistics.court import Hearing
from tests.ops.health.worlds import (
    DAY,
    HOUR,
    NOW,
    deploy,
    evaluate,
    lock_data,
    newest_event,
)

BATCH = "000001-0000000000000000.csv"
ALIAS = "DELETE FROM registered_model_aliases"


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


FAULTS: dict[str, tuple[Callable[[Path], object], dict[str, str], int, str]] = {
    "a file is cut": (
        cut,
        {"data.data_files": "critical", "data.data_age": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "a file is gone": (
        drop("data/merged/products.parquet"),
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "a raw file is gone": (
        drop("data/raw/data_product.csv"),
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "dvc.lock is torn": (
        no_lock_of_dvc,
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`, which mends it",
    ),
    "dvc.lock is gone": (
        drop("dvc.lock"),
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "a sealed batch is gone": (
        lambda root: note(
            root / "data/batches",
            Entry(f"{NOW}", "a.csv", 9, 1, "0" * 64, BATCH, "sealed"),
        ),
        {"data.data_batches": "critical"},
        3,
        "put it back from a copy",
    ),
    "all batches are gone with their log": (
        lambda root: note(
            root / "data/batches",
            Entry(f"{NOW}", BATCH, None, 1, None, BATCH, "gone"),
        ),
        {"data.data_batches": "warning"},
        0,
        "put it back from a copy",
    ),
    "the data is old": (
        lambda root: newest_event(root, NOW - 8 * DAY),
        {"data.data_age": "critical"},
        3,
        "drops new interactions into data/staging",
    ),
    "an event is in the future": (
        lambda root: newest_event(root, NOW + DAY),
        {"data.data_age": "warning"},
        0,
        "check this machine's clock",
    ),
    "the registry is gone": (
        lambda root: shutil.rmtree(root / "mlruns"),
        {"models.champion": "critical", "store.databases": "critical"},
        4,
        "put a copy of mlruns/ back",
    ),
    "the live version is gone": (
        in_registry("DELETE FROM model_versions", ALIAS),
        {"models.champion": "critical"},
        4,
        "put a copy of mlruns/ back",
    ),
    "the alias of the champion is gone": (
        in_registry(ALIAS),
        {"models.champion": "warning"},
        0,
        "`python runner.py promote` makes it the champion again",
    ),
    "releases/current names another model": (
        lambda root: (root / "releases/current").write_text("als-0123456789ab\n"),
        {"models.champion": "warning"},
        0,
        "run `python runner.py promote`",
    ),
    "nothing was ever deployed": (
        nothing_deployed,
        {"models.model_age": "critical"},
        4,
        "`python runner.py promote`",
    ),
    "a release is damaged": (
        damage_release,
        {"models.model_files": "critical"},
        4,
        "`python runner.py rollback`",
    ),
    "the model's files are gone": (
        lose_model,
        {"models.model_files": "critical"},
        4,
        "`python runner.py rollback`",
    ),
    "recall is low": (
        lambda root: evaluate(root, als=0.05, popularity=0.01),
        {"models.recall_at_10": "critical"},
        4,
        "`python runner.py tune`",
    ),
    "popularity is as good": (
        lambda root: evaluate(root, als=0.5, popularity=0.5),
        {"models.over_popularity": "warning"},
        0,
        "`python runner.py tune`",
    ),
    "there is no evaluation": (
        drop("metrics/evaluate.json"),
        {"models.recall_at_10": "critical", "models.over_popularity": "critical"},
        4,
        "run `dvc repro`",
    ),
    "alerts.db is torn": (
        tear("state/alerts.db"),
        {"store.databases": "critical"},
        6,
        "move it away",
    ),
    "runner.db is torn": (
        tear("state/runner.db"),
        {
            "models.champion": "critical",
            "models.model_age": "critical",
            "models.model_files": "critical",
            "models.deployment": "critical",
            "models.court": "critical",
            "store.databases": "critical",
            "pipelines.success_rate": "critical",
            "pipelines.stale_runs": "critical",
            "pipelines.missed_slots": "critical",
        },
        4,
        "move it away",
    ),
    "a product has no vector": (
        product_without_vector,
        {"store.embeddings": "warning"},
        0,
        "run `python runner.py run embed`",
    ),
    "the vectors are torn": (
        tear_vectors,
        {"store.embeddings": "critical"},
        6,
        "items.npz",
    ),
    "runs fail": (
        fail_runs,
        {"pipelines.success_rate": "critical"},
        70,
        "the newest logs in state/logs",
    ),
    "a run hangs": (
        hang,
        {"pipelines.stale_runs": "warning"},
        0,
        "`python runner.py status`",
    ),
    "a slot was missed": (
        miss,
        {"pipelines.missed_slots": "warning"},
        0,
        "if the work is needed now: `python runner.py run refresh`",
    ),
    "the model is old": (
        an_old_model,
        {"models.model_age": "warning"},
        0,
        "`python runner.py run train`",
    ),
    "customers would have liked the former model better": (
        a_ruling,
        {"models.court": "warning"},
        0,
        "`python runner.py rollback`",
    ),
}
