"""Is the pipeline well: data, model, service, runs; the worst of the checks is the overall state.

reads   params.yaml (health, deploy), data/processed/data_stats.json, metrics/evaluate.json, state/runner.db,
        GET /health of the service; mlruns/ only if the ledger knows no deployment (MLflow takes
        seconds)
writes  nothing: a check never changes what it looks at

Exit code: 0 if all is ok or there are only warnings; else that of the first critical check: 3 data,
4 model, 7 service, 6 runs. What is missing is critical, never ok. Runs of this check itself do not
count in the success rate: else one stale file would drive the rate down hour by hour, and keep it
there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ops.deploy import deployment_log
from recsys.program import params as parameters
from recsys.program.errors import DataError, GateError, ServiceError, StoreError
from recsys.ranking.evaluation_file import Evaluation

Level = Literal["ok", "warning", "critical"]
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical")
FINISHED = ("ok", "failed", "timeout", "lost")  # a run that an operator stopped says nothing
OWN_JOB = "health"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

DATA, MODEL, SERVICE, RUNS = (
    DataError.exit_code,
    GateError.exit_code,
    ServiceError.exit_code,
    StoreError.exit_code,
)
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
    """Age of the model in production. Only a warning above the limit: an old model may still be the
    best.
    """
    age = (now - created_at) / DAY
    level, step = _age_level(
        age,
        params.max_model_age_days,
        "warning",
        "run `python runner.py train`, then `python runner.py promote`",
    )
    return Check(
        "model_age",
        level,
        f"{age:.1f} days ({model_id})",
        f"at most {params.max_model_age_days:g} days",
        step,
        MODEL,
    )


def _age_level(age: float, limit: float, level: Level, step: str) -> tuple[Level, str]:
    if age < 0:
        return (
            "warning",
            "it lies in the future: check this machine's clock and the zone in params.yaml",
        )
    return (level, step) if age > limit else ("ok", "")


def check_recall(evaluation: Evaluation, params: Params) -> Check:
    """recall_at_10 of the best model. Critical below the minimum. DataError if it was not measured."""
    recall = evaluation.models[evaluation.best].get("recall_at_10")
    if recall is None:
        raise DataError(
            "metrics/evaluate.json: no recall_at_10 of the best model; "
            "put 10 into evaluate.cutoffs of params.yaml, then run `dvc repro`"
        )
    low = recall < params.min_recall_at_10
    return Check(
        "recall_at_10",
        "critical" if low else "ok",
        f"{recall:.4f} ({evaluation.best})",
        f"at least {params.min_recall_at_10:g}",
        "look at reports/evaluation.html; try other factors in params.yaml" if low else "",
        MODEL,
    )


def check_success_rate(runs: Sequence[Run], params: Params, now: datetime) -> Check:
    """Share of the runs that ended well, of those that ended in the last days. No run at all is ok."""
    since = now - params.success_days * DAY
    ended = [
        run
        for run in runs
        if run.job != OWN_JOB and run.status in FINISHED and run.ended_at and run.ended_at >= since
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
        "see `python runner.py status`; a restart of the runner closes what is lost"
        if stale
        else "",
        RUNS,
    )


def check_deployment(rows: Sequence[deployment_log.Row]) -> Check:
    """Whether the newest deployment came to its end."""
    known = deployment_log.deployments(rows)
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
