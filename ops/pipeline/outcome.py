"""What a repro came to, for the runner: nothing new, or how much, and whether to train early.

reads   dvc.lock, metrics/merge.json, metrics/drift.json, data/processed/data_stats.json,
        params.yaml (runner), state/runner.db
writes  state/trained.json      trainable_users at the last training
        what the runner hears (ops/said.py)

A refresh is incremental if at most 100 interactions are new and nothing else has changed: no raw
file, product, setting or code. Otherwise it is full. The result is the same, byte for byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops import said
from ops.scheduler import run_history
from ops.scheduler.run_history import stamp
from recsys.drift import words
from recsys.files.atomic import read_json, write_json
from recsys.program import yaml_text
from recsys.program.errors import DataError

if TYPE_CHECKING:
    from ops.scheduler.schedule import Params

NO_CHANGE = "no change"
FEW = 100  # new interactions
GROWS = {  # what may change in a refresh that is incremental
    "data/batches",
    "data/staging",
    "data/merged/interactions.parquet",
}
MONTH = timedelta(days=30)
DRIFT = "drift: "  # how the reason of a training begins that drift has asked for


@dataclass(frozen=True)
class Facts:
    """What there is, before a repro or after it."""

    lock: bytes  # of DVC
    accepted: int | None  # interactions


def look(root: Path) -> Facts:
    """The facts as they stand."""
    lock = root / "dvc.lock"
    accepted = _number(root / "metrics" / "merge.json", "accepted")
    return Facts(lock.read_bytes() if lock.exists() else b"", accepted)


def tell(
    root: Path,
    state: Path,
    targets: Sequence[str],
    before: Facts,
    now: datetime,
    forced: bool = False,
) -> None:
    """Tell the runner what a good repro of the targets came to; one that was `forced` is full."""
    after = look(root)
    trains = not targets or "evaluate" in targets
    if trains:
        _remember_training(root, state)
    if after.lock == before.lock and not forced:
        said.tell("skipped", reason=NO_CHANGE)
        return
    asks = {} if trains else _asks(root, state, targets, now)
    if "process" in targets:
        new = (after.accepted or 0) - (before.accepted or 0)
        came = "full" if forced else kind(before, after)
        said.tell("ok", came, f"{new:,} new interactions", asks)
    else:
        said.tell("ok", asks=asks)


def kind(before: Facts, after: Facts) -> str:
    """incremental or full."""
    if before.accepted is None or after.accepted is None:
        return "full"
    few = 0 <= after.accepted - before.accepted <= FEW
    return "incremental" if few and changed(before, after) <= GROWS else "full"


def changed(before: Facts, after: Facts) -> set[str]:
    """What merge and process depend on and has changed: paths, and `params`."""
    names = set()
    former, latter = _stages(before.lock), _stages(after.lock)
    for stage in ("merge", "process"):
        old, new = _deps(former.get(stage, {})), _deps(latter.get(stage, {}))
        names |= {
            name for name in old.keys() | new.keys() if old.get(name) != new.get(name)
        }
    return names


def _stages(lock: bytes) -> dict[str, Any]:
    found = yaml_text.load(lock.decode("utf-8", errors="replace")) or {}
    return dict(found.get("stages", {}))


def _deps(stage: dict[str, Any]) -> dict[str, Any]:
    hashes = {entry["path"]: entry.get("md5") for entry in stage.get("deps", ())}
    return hashes | {"params": stage.get("params"), "cmd": stage.get("cmd")}


# ---- training before its time ----
def _asks(
    root: Path, state: Path, targets: Sequence[str], now: datetime
) -> dict[str, str]:
    if not {"process", "drift"} & set(targets):
        return {}
    # here: a repro without changes costs no params
    from ops.scheduler.schedule import Params
    from recsys.program import params

    settings = params.load(Params, "runner", root / "params.yaml")
    why = None
    if "process" in targets:
        why = _many_trainable(root, state, settings)
    if "drift" in targets and settings.on_drift == "retrain":
        why = _drifted(root, state, settings, now)
    return {"train": why} if why else {}


def _many_trainable(root: Path, state: Path, settings: "Params") -> str | None:
    now, then = _trainable(root), _number(_trained(state), "trainable_users")
    if now is None or then is None or now - then <= settings.train_when_trainable:
        return None
    return f"{now - then:,} users became trainable since the last training"


def _drifted(root: Path, state: Path, settings: "Params", now: datetime) -> str | None:
    """Why to train; None without drift, or if it has caused as many trainings as it may."""
    found = words.drift_of(root / "metrics" / "drift.json")
    if found is None:
        return None
    what, limit = words.all_of(found, found["drifted"]), settings.retrains_a_month
    if _retrains(state, now) >= limit:
        print(
            f"drift: {what}; no training is asked for: {limit} in 30 days are all that "
            "it may cause (runner.retrains_a_month)",
            flush=True,
        )
        return None
    return f"{DRIFT}{what}"


def _retrains(state: Path, now: datetime) -> int:
    """Trainings that drift has caused in the last 30 days."""
    since = stamp(now - MONTH)
    return sum(
        run.job == "train" and run.started_at >= since and DRIFT in (run.reason or "")
        for run in run_history.runs(state)
        if run.attempt == 1
    )


def _remember_training(root: Path, state: Path) -> None:
    users = _trainable(root)
    if users is not None:
        write_json(_trained(state), {"trainable_users": users})


def _trainable(root: Path) -> int | None:
    return _number(root / "data" / "processed" / "data_stats.json", "trainable_users")


def _trained(state: Path) -> Path:
    return state / "trained.json"


def _number(path: Path, key: str) -> int | None:
    """A whole number of a JSON file; None if it is not there."""
    try:
        found = read_json(path)
    except DataError:
        return None
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, int) else None
