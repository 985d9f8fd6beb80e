"""`python -m ops.health.health`: looks at data, model, service and runs, and says how they are.

reads   metrics/*.json, mlruns/, state/runner.db, and the service's /health
writes  nothing
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy import deployment_log, service_client
from ops.health.checks import (
    DATA,
    MODEL,
    RUNS,
    SERVICE,
    Check,
    Params,
    Run,
    check_data,
    check_deployment,
    check_model_age,
    check_recall,
    check_stale_runs,
    check_success_rate,
    exit_code,
    overall,
)
from recsys.files.atomic import read_json
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError, GateError, UserError
from recsys.ranking import evaluation_file
from recsys.registry import store, versions


# ---- looking ----
def examine(
    root: Path,
    mlruns: Path,
    state: Path,
    params: Params,
    service: service_client.Service | None,
    now: datetime,
) -> list[Check]:
    """All checks, in the order of their importance. Nothing that is missing or unreadable raises."""
    db = state / deployment_log.DATABASE
    stats, metrics = root / "data/processed/data_stats.json", root / "metrics/evaluate.json"
    return [
        _or_critical("data_age", DATA, lambda: check_data(_newest_event(stats), params, now)),
        _or_critical("model_age", MODEL, lambda: _model_age(db, mlruns, params, now)),
        _or_critical(
            "recall_at_10", MODEL, lambda: check_recall(evaluation_file.read(metrics), params)
        ),
        _or_critical("service", SERVICE, lambda: _service(service)),
        _or_critical("deployment", RUNS, lambda: check_deployment(deployment_log.rows(db))),
        _or_critical("success_rate", RUNS, lambda: check_success_rate(runs(db), params, now)),
        _or_critical("stale_runs", RUNS, lambda: check_stale_runs(runs(db), params, now)),
    ]


def _or_critical(name: str, code: int, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except UserError as error:
        return Check(name, "critical", "unknown", "", str(error), code)


def _newest_event(stats: Path) -> datetime:
    found = read_json(stats)
    try:
        return _utc(found["newest_event"])
    except (KeyError, TypeError, ValueError):
        raise DataError(
            f"{stats}: no newest_event in ISO 8601; run `dvc repro --force process`"
        ) from None


def _utc(text: str) -> datetime:
    """A moment; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _model_age(db: Path, mlruns: Path, params: Params, now: datetime) -> Check:
    top = deployment_log.current(db)
    if top is not None and top.model_created_at is not None:
        return check_model_age(top.model_id, top.model_created_at, params, now)
    if store.exists(mlruns):
        champion = versions.champion(store.reader(mlruns))
        if champion is not None:
            return check_model_age(champion.model_id, champion.created_at, params, now)
    raise GateError("no model is in Production; run `dvc repro`, then `python runner.py promote`")


def _service(service: service_client.Service | None) -> Check:
    if service is None:
        return Check("service", "ok", "not configured", "", "", SERVICE)
    service.check_health()
    limit = f"answers within {service.timeout_s:g} s"
    return Check("service", "ok", f"{service.url} is up", limit, "", SERVICE)


def runs(db: Path) -> list[Run]:
    """The runs that the runner wrote down; [] if there is no such table. StoreError if it cannot be
    read.
    """
    if not db.is_file():
        return []
    with deployment_log.opened(db) as connection:
        connection.execute("PRAGMA query_only = 1")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone() is None:
            return []
        rows = connection.execute("SELECT job, started_at, ended_at, status FROM runs").fetchall()
    return [
        Run(job, _utc(started), _utc(ended) if ended else None, status)
        for job, started, ended, status in rows
    ]


# ---- words ----
def as_json(checks: Sequence[Check], now: datetime) -> str:
    """For machines."""
    return json.dumps(
        {
            "overall": overall(checks),
            "checked_at": now.isoformat(),
            "checks": [asdict(check) for check in checks],
        },
        indent=2,
        ensure_ascii=False,
    )


def as_text(checks: Sequence[Check]) -> str:
    """For people: a line a check, and the next step below those that need one."""
    lines = []
    for check in checks:
        limit = f"  [{check.threshold}]" if check.threshold else ""
        lines.append(f"{check.level:9}{check.name:14}{check.value}{limit}")
        if check.next_step:
            lines.append(f"{'':9}-> {check.next_step}")
    return "\n".join([*lines, f"overall: {overall(checks)}"])


def main(
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Say how data, model, service and runs are. Exit 0 ok or warning, 3 data, 4 model, 7 service,
    6 runs.
    """
    limits = parameters.load(Params, "health", params)
    service = service_client.service(parameters.load(service_client.Params, "deploy", params))
    now = datetime.now(UTC)
    checks = examine(params.parent, mlruns, state, limits, service, now)
    print(as_json(checks, now) if json_ else as_text(checks))
    raise typer.Exit(exit_code(checks))


if __name__ == "__main__":
    enter(main)
