"""What the tests of tuning share: the shipped sections, and a shop whose study takes seconds."""

import logging
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from ops.tuning import params as tune_params
from ops.tuning import space, tune
from ops.tuning.params_file import rewritten
from recsys.program import params
from recsys.registry import store
from tests.worlds import Shop, one_blas_thread, popular_last, processed_shop

YAML = ROOT / "params.yaml"
ALS = params.load(space.SECTIONS["als"], "train_als", YAML)
BPR = params.load(space.SECTIONS["bpr"], "train_bpr", YAML)
TUNE = params.load(tune_params.Params, "tune", YAML)
CONFIDENCE = csr_matrix(np.array([[5, 0, 5], [0, 5, 0]], dtype=np.float32))

TRIALS = 4
WEAK = {
    "factors": 32,
    "regularization": 0.6,
    "frequency_scaling": 0.5,
    "alpha": 7.5,
    "dislike_weight": 5.0,
}
TRIALS_OF = """
SELECT s.value_json, v.value, p.value_json
FROM trials t JOIN trial_values v USING (trial_id)
JOIN trial_user_attributes s ON s.trial_id = t.trial_id AND s.key = 'settings'
JOIN trial_user_attributes p ON p.trial_id = t.trial_id AND p.key = 'places'
ORDER BY t.trial_id
"""


def changed(section: params.Section, **keys: Any) -> Any:
    """The section with other values; keys in it joined by two underscores."""
    flat = {key.replace("__", "."): value for key, value in keys.items()}
    return type(section).model_validate(space.merged(section.model_dump(), flat))


def shop_in(folder: Path, mlruns: Path, **values: Any) -> Shop:
    """The world `popular_last` with the shipped params.yaml, some of its values changed in place.

    test.parquet is no table: nothing of tuning may read it.
    """
    shop = processed_shop(folder, popular_last())
    (shop.processed / "test.parquet").write_bytes(b"nobody reads this")
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    given = WEAK | {"hybrid.content": 0.0, "hybrid.popularity": 0.0, "search": '"off"'}
    weak = {f"train_als.{key}": value for key, value in given.items()}
    shop.params.write_text(rewritten(text, weak | values), encoding="utf-8")
    if not (folder / "mlruns").exists():
        shutil.copytree(mlruns, folder / "mlruns")
    return shop


def tuned(shop: Shop, trials: int = TRIALS, **options: Any) -> None:
    """Run the program, and leave SIGTERM and the logger as they were."""
    logger = logging.getLogger("recsys")
    handler, level = signal.getsignal(signal.SIGTERM), logger.level
    try:
        with one_blas_thread():
            tune.main(**{"model": "als", "trials": trials, **places(shop), **options})
    finally:
        logger.setLevel(level)
        signal.signal(signal.SIGTERM, handler)


def places(shop: Shop) -> dict[str, Path]:
    """The options of the program that name files."""
    state, mlruns = shop.folder / "state", shop.folder / "mlruns"
    return {
        "data": shop.processed,
        "embeddings": shop.embeddings,
        "params": shop.params,
        "state": state,
        "mlruns": mlruns,
    }


def trials_of(shop: Shop) -> list[tuple[str, float, str]]:
    """Settings, value and places of each trial that is complete, in order."""
    with closing(sqlite3.connect(shop.folder / "state/tune.db")) as database:
        return database.execute(TRIALS_OF).fetchall()


def count(shop: Shop, state: str) -> int:
    """How many trials are in this state."""
    database = shop.folder / "state/tune.db"
    query = "SELECT count(*) FROM trials WHERE state = ?"
    try:
        with closing(
            sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        ) as connection:
            return int(connection.execute(query, [state]).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def child_runs(shop: Shop) -> list[Any]:
    client = store.reader(shop.folder / "mlruns")
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    assert experiment
    found = client.search_runs([experiment.experiment_id], "tags.kind = 'trial'")
    return sorted(found, key=lambda run: int(run.data.tags["trial"]))
