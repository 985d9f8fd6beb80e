"""What two projects of one shop must have in common, and what none may have."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl
import psutil
from ruamel.yaml import YAML

from bench.speed.project import Project
from ops.deploy import deployment_log, production
from recsys.registry import store, versions


def differences(calm: Project, victim: Project) -> Iterator[str]:
    """What differs between the two projects."""
    for name, of in (("outs", outs), ("registry", registry), ("production", serving)):
        ours, theirs = of(victim), of(calm)
        if ours != theirs:
            yield f"{name}: {ours} is not {theirs}"


def lost_or_doubled(project: Project, drops: int, rows: int) -> Iterator[str]:
    """Rows of the drops so far that are not in the merged table, or there twice."""
    merged = pl.read_parquet(project.folder / "data/merged/interactions.parquet")
    found = Counter(merged["comment"].to_list())
    for number in range(1, drops + 1):
        for at in range(rows):
            if (count := found[f"drop {number} row {at}"]) != 1:
                yield f"row {at} of drop {number} is there {count} times"


def outs(project: Project) -> dict[str, str]:
    """The hash of each out of each stage, by its path."""
    with (project.folder / "dvc.lock").open(encoding="utf-8") as handle:
        lock = YAML(typ="safe").load(handle)
    return {
        out["path"]: out["md5"]
        for stage in lock["stages"].values()
        for out in stage.get("outs", [])
    }


def registry(project: Project) -> list[tuple[str, str]]:
    """The versions in the order of their numbers: model and stage."""
    client = store.client(project.folder / "mlruns")
    return [(one.model_id, one.stage) for one in versions.versions(client)]


def serving(project: Project) -> list[str]:
    """The models that were in production and can be rolled back to, the champion last."""
    rows = deployment_log.rows(project.folder / "state" / deployment_log.DATABASE)
    return [layer.model_id for layer in production.stack(rows)]


def litter(project: Project) -> Iterator[str]:
    """What a killed run has left."""
    for path in project.folder.rglob("*"):
        name = path.relative_to(project.folder).as_posix()
        if name.endswith(".part") or name.startswith("data/staging/drop"):
            yield f"left: {name}"
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()) == project.folder:
                yield f"still runs: {' '.join(process.cmdline())}"
