"""Is the pipeline well: data, model, service, runs; the worst of the checks is the overall state.

reads   params.yaml (health, deploy), data/processed/data_stats.json, metrics/evaluate.json, state/runner.db,
        GET /health of the service; mlruns/ only if the ledger knows no deployment (MLflow takes seconds)
writes  nothing: a check never changes what it looks at

Exit code: 0 if all is ok or there are only warnings; else that of the first critical check: 3 data, 4 model,
7 service, 6 runs. What is missing is critical, never ok. Runs of this check itself do not count in the
success rate: else one stale file would drive the rate down hour by hour, and keep it there.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ops import ledger, service_client
from recsys import params as parameters
from recsys import registry
from recsys.artifacts import read_json
from recsys.door import PARAMS_FILE, enter
from recsys.errors import DataError, GateError, ServiceError, StoreError, UserError

Level = Literal["ok", "warning", "critical"]
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical")
FINISHED = ("ok", "failed", "timeout", "lost")  # a run that an operator stopped says nothing
OWN_JOB = "health"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

DATA, MODEL, SERVICE, RUNS = (DataError.exit_code, GateError.exit_code, ServiceError.exit_code, StoreError.exit_code)
Share = Annotated[float, Field(ge=0, le=1)]


class Params(parameters.Section):
    """Section `health` of params.yaml."""

    max_data_age_days: PositiveFloat
    max_model_age_days: PositiveFloat
    min_recall_at_10: NonNegativeFloat
    min_success_rate: Share
    success_days: PositiveInt
    stale_run_hours: PositiveFloat


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    level: Level
    value: str
    threshold: str
    next_step: str  # "" if there is nothing to do
    exit_code: int  # of the program, if this is the first critical one


@dataclass(frozen=True)
class Run:
    """What a row of `runs` says about health."""

    job: str
    started_at: datetime
    ended_at: datetime | None
    status: str


# ---- pure ----


def overall(checks: Sequence[Check]) -> Level:
    """The worst level."""
    return max((check.level for check in checks), key=LEVELS.index)


def exit_code(checks: Sequence[Check]) -> int:
    """0, or the code of the first critical check."""
    return next((check.exit_code for check in checks if check.level == "critical"), 0)


def check_data(newest_event: datetime, params: Params, now: datetime) -> Check:
    """Age of the newest event. Critical above the limit; an event in the future is a warning."""
    age = (now - newest_event) / DAY
    level, step = _age_level(
        age,
        params.max_data_age_days,
        "critical",
        "see that the shop drops new interactions into data/staging, then run `python runner.py run refresh`",
    )
    return Check(
        "data_age",
        level,
        f"{age:.1f} days (newest event {newest_event:%Y-%m-%d})",
        f"at most {params.max_data_age_days:g} days",
        step,
        DATA,
    )


def check_model_age(model_id: str, created_at: datetime, params: Params, now: datetime) -> Check:
    """Age of the model in production. Only a warning above the limit: an old model may still be the best."""
    age = (now - created_at) / DAY
    level, step = _age_level(
        age, params.max_model_age_days, "warning", "run `python runner.py train`, then `python runner.py promote`"
    )
    return Check(
        "model_age", level, f"{age:.1f} days ({model_id})", f"at most {params.max_model_age_days:g} days", step, MODEL
    )


def _age_level(age: float, limit: float, level: Level, step: str) -> tuple[Level, str]:
    if age < 0:
        return "warning", "it lies in the future: check this machine's clock and the zone in params.yaml"
    return (level, step) if age > limit else ("ok", "")


def check_recall(metrics: Any, params: Params) -> Check:
    """recall_at_10 of the best model. Critical below the minimum. DataError if the metrics do not hold it."""
    try:
        best = metrics["best"]
        recall = metrics["models"][best]["recall_at_10"]
    except (KeyError, TypeError, IndexError):
        raise DataError("metrics/evaluate.json: no recall_at_10 of the best model; run `dvc repro`") from None
    if isinstance(recall, bool) or not isinstance(recall, int | float) or not math.isfinite(recall):
        raise DataError(f"metrics/evaluate.json: recall_at_10 of {best} is {recall!r}; run `dvc repro --force`")
    low = recall < params.min_recall_at_10
    return Check(
        "recall_at_10",
        "critical" if low else "ok",
        f"{recall:.4f} ({best})",
        f"at least {params.min_recall_at_10:g}",
        "look at reports/evaluation.html; try other factors in params.yaml" if low else "",
        MODEL,
    )


def check_success_rate(runs: Sequence[Run], params: Params, now: datetime) -> Check:
    """Share of the runs that ended well, of those that ended in the last days. No run at all is ok."""
    since = now - params.success_days * DAY
    ended = [
        run for run in runs if run.job != OWN_JOB and run.status in FINISHED and run.ended_at and run.ended_at >= since
    ]
    good = sum(run.status == "ok" for run in ended)
    low = bool(ended) and good / len(ended) < params.min_success_rate
    value = f"{good / len(ended):.2f} ({good} of {len(ended)} runs)" if ended else "no runs"
    return Check(
        "success_rate",
        "critical" if low else "ok",
        value,
        f"at least {params.min_success_rate:g} over {params.success_days} days",
        "read the newest logs in state/logs" if low else "",
        RUNS,
    )


def check_stale_runs(runs: Sequence[Run], params: Params, now: datetime) -> Check:
    """Runs that are open for too long: their process hangs, or the runner died."""
    limit = params.stale_run_hours * HOUR
    stale = [run for run in runs if run.ended_at is None and now - run.started_at > limit]
    jobs = ", ".join(sorted({run.job for run in stale}))
    return Check(
        "stale_runs",
        "warning" if stale else "ok",
        f"{len(stale)} ({jobs})" if stale else "0",
        f"none open for more than {params.stale_run_hours:g} h",
        "see `python runner.py status`; a restart of the runner closes what is lost" if stale else "",
        RUNS,
    )


def check_deployment(rows: Sequence[ledger.Row]) -> Check:
    """Whether the newest deployment came to its end."""
    known = ledger.deployments(rows)
    status = known[-1].status if known else "none"
    steps = {
        "started": "it was interrupted: run `python runner.py promote` to finish it",
        "pending": "the service has not confirmed it: run `python runner.py promote` when it is up",
        "failed": "the service did not take it: read its log, then run `python runner.py promote`",
    }
    return Check(
        "deployment",
        "warning" if status in steps else "ok",
        status,
        "promoted or verified",
        steps.get(status, ""),
        SERVICE,
    )


# ---- looking ----


def examine(
    root: Path, mlruns: Path, state: Path, params: Params, service: service_client.Service | None, now: datetime
) -> list[Check]:
    """All checks, in the order of their importance. Nothing that is missing or unreadable raises."""
    db = state / ledger.DATABASE
    stats, metrics = root / "data/processed/data_stats.json", root / "metrics/evaluate.json"
    return [
        _or_critical("data_age", DATA, lambda: check_data(_newest_event(stats), params, now)),
        _or_critical("model_age", MODEL, lambda: _model_age(db, mlruns, params, now)),
        _or_critical("recall_at_10", MODEL, lambda: check_recall(read_json(metrics), params)),
        _or_critical("service", SERVICE, lambda: _service(service)),
        _or_critical("deployment", RUNS, lambda: check_deployment(ledger.rows(db))),
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
        raise DataError(f"{stats}: no newest_event in ISO 8601; run `dvc repro --force process`") from None


def _utc(text: str) -> datetime:
    """A moment; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _model_age(db: Path, mlruns: Path, params: Params, now: datetime) -> Check:
    top = ledger.current(db)
    if top is not None and top.model_created_at is not None:
        return check_model_age(top.model_id, top.model_created_at, params, now)
    if registry.exists(mlruns):
        champion = registry.champion(registry.reader(mlruns))
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
    """The runs that the runner wrote down; [] if there is no such table. StoreError if it cannot be read."""
    if not db.is_file():
        return []
    with ledger.opened(db) as connection:
        connection.execute("PRAGMA query_only = 1")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone() is None:
            return []
        rows = connection.execute("SELECT job, started_at, ended_at, status FROM runs").fetchall()
    return [Run(job, _utc(started), _utc(ended) if ended else None, status) for job, started, ended, status in rows]


# ---- words ----


def as_json(checks: Sequence[Check], now: datetime) -> str:
    """For machines."""
    return json.dumps(
        {"overall": overall(checks), "checked_at": now.isoformat(), "checks": [asdict(check) for check in checks]},
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
    """Say how data, model, service and runs are. Exit 0 ok or warning, 3 data, 4 model, 7 service, 6 runs."""
    limits = parameters.load(Params, "health", params)
    service = service_client.service(parameters.load(service_client.Params, "deploy", params))
    now = datetime.now(UTC)
    checks = examine(params.parent, mlruns, state, limits, service, now)
    print(as_json(checks, now) if json_ else as_text(checks))
    raise typer.Exit(exit_code(checks))


if __name__ == "__main__":
    enter(main)
