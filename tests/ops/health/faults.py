"""A fault for each check: how it is planted, what is ill then, the exit code, the next step."""

import shutil
from collections.abc import Callable
from pathlib import Path

from recsys.files.atomic import write_json
from recsys.intake.drop_log import Entry, note
from tests.ops.health.harms import (
    a_ruling,
    an_old_model,
    cut,
    damage_release,
    drop,
    fail_runs,
    hang,
    in_registry,
    lose_model,
    lose_release,
    miss,
    no_lock_of_dvc,
    nothing_deployed,
    product_without_vector,
    tear,
    tear_vectors,
)
from tests.ops.health.worlds import (
    DAY,
    NOW,
    evaluate,
    newest_event,
)

BATCH = "000001-0000000000000000.csv"
ALIAS = "DELETE FROM registered_model_aliases"


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
    "all batches are gone, and no run has noted it": (
        lambda root: write_json(
            root / "metrics/merge.json",
            {"sample": False, "files": {BATCH: {"read": 1}}},
        ),
        {"data.data_batches": "warning"},
        0,
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
    "the release is gone": (
        lose_release,
        {"models.model_files": "critical"},
        4,
        "a service that starts has no model; run `python runner.py promote`",
    ),
    "releases/ was not restored": (
        lambda root: shutil.rmtree(root / "releases"),
        {"models.model_files": "critical"},
        4,
        "a service that starts has no model; run `python runner.py promote`",
    ),
    "releases/current is gone": (
        drop("releases/current"),
        {"models.model_files": "critical"},
        4,
        "run `python runner.py promote`",
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
