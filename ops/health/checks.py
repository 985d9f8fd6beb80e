"""The checks of health, pure: what is well, what is not, and what to do then.

What is missing is critical, never ok. Runs of the health check itself do not count in the success
rate: else one stale file would drive the rate down hour by hour, and keep it there.

The exit code of a critical check says what it looks at:

    3   data: too old, or no statistics
    4   model: none in production, or its recall too low
    6   the runner's database cannot be read
    7   the service
    70  runs: too many have failed, whatever the reason; their logs say which
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ops.deploy import production
from ops.deploy.deployment_log import Row
from ops.scheduler.run_history import Run, stamp
from recsys.program import params as parameters
from recsys.program.errors import (
    DataError,
    GateError,
    InstanceError,
    ServiceError,
    StoreError,
    UserError,
)
from recsys.ranking.evaluation_file import Evaluation

Level = Literal["ok", "warning", "critical"]
LEVELS: tuple[Level, ...] = ("ok", "warning", "critical")
# a run that an operator stopped says nothing
FINISHED = (
    "ok",
    "failed",
    "timeout",
    "interrupted",
)
OWN_JOB = "health"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

DATA = DataError.exit_code
MODEL = GateError.exit_code
STORE = StoreError.exit_code
SERVICE = ServiceError.exit_code
RUNS = UserError.exit_code

AFTER_DEPLOYMENT = {  # the next step, by the status that is not a good end
    "started": "it was interrupted: run `python runner.py promote` to finish it",
    "pending": "the service has not confirmed it: run `python runner.py promote` when it is up",
    "failed": "the service did not take it: read its log, then run `python runner.py promote`",
}
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


def overall(checks: Sequence[Check]) -> Level:
    """The worst level."""
    return max((check.level for check in checks), key=LEVELS.index)


def exit_code(checks: Sequence[Check]) -> int:
    """0, or the code of the first critical check."""
    return next((check.exit_code for check in checks if check.level == "critical"), 0)


def check_data(newest_event: datetime, params: Params, now: datetime) -> Check:
    """Age of the newest event. Critical above the limit; an event in the future is a warning."""
    age = (now - newest_event) / DAY
    step = (
        "see that the shop drops new interactions into data/staging, "
        "then run `python runner.py run refresh`"
    )
    level, next_step = _age_level(age, params.max_data_age_days, "critical", step)
    return Check(
        name="data_age",
        level=level,
        value=f"{age:.1f} days (newest event {newest_event:%Y-%m-%d})",
        threshold=f"at most {params.max_data_age_days:g} days",
        next_step=next_step,
        exit_code=DATA,
    )


def check_model_age(
    model_id: str, created_at: datetime, params: Params, now: datetime
) -> Check:
    """Age of the model in production. Only a warning: an old model may still be the best."""
    age = (now - created_at) / DAY
    step = "run `python runner.py run train`, then `python runner.py promote`"
    level, next_step = _age_level(age, params.max_model_age_days, "warning", step)
    return Check(
        name="model_age",
        level=level,
        value=f"{age:.1f} days ({model_id})",
        threshold=f"at most {params.max_model_age_days:g} days",
        next_step=next_step,
        exit_code=MODEL,
    )


def _age_level(age: float, limit: float, level: Level, step: str) -> tuple[Level, str]:
    if age < 0:
        future = "it lies in the future: check this machine's clock and the zone in params.yaml"
        return "warning", future
    return (level, step) if age > limit else ("ok", "")


def check_recall(evaluation: Evaluation, params: Params) -> Check:
    """recall_at_10 of the best model. Critical below the minimum.

    DataError if it was not measured.
    """
    recall = evaluation.models[evaluation.best].get("recall_at_10")
    if recall is None:
        raise DataError(
            "metrics/evaluate.json: no recall_at_10 of the best model; "
            "put 10 into evaluate.cutoffs of params.yaml, then run `dvc repro`"
        )
    low = recall < params.min_recall_at_10
    step = "look at metrics/evaluate.json; search better params with `python runner.py tune`"
    return Check(
        name="recall_at_10",
        level="critical" if low else "ok",
        value=f"{recall:.4f} ({evaluation.best})",
        threshold=f"at least {params.min_recall_at_10:g}",
        next_step=step if low else "",
        exit_code=MODEL,
    )


def check_success_rate(runs: Sequence[Run], params: Params, now: datetime) -> Check:
    """Share of the runs that ended well, of those that ended in the last days.

    No run at all is ok.
    """
    since = stamp(now - params.success_days * DAY)
    statuses = [
        run.status for run in runs if _counts(run) and (run.ended_at or "") >= since
    ]
    good = statuses.count("ok")
    rate = good / len(statuses) if statuses else 1.0
    low = rate < params.min_success_rate
    return Check(
        name="success_rate",
        level="critical" if low else "ok",
        value=f"{rate:.2f} ({good} of {len(statuses)} runs)" if statuses else "no runs",
        threshold=f"at least {params.min_success_rate:g} over {params.success_days} days",
        next_step="read the newest logs in state/logs" if low else "",
        exit_code=RUNS,
    )


def _counts(run: Run) -> bool:
    """Not where there was nothing to do or somebody else was at work: that is no failure."""
    is_idle = run.exit_code in (GateError.exit_code, InstanceError.exit_code)
    return run.job != OWN_JOB and run.status in FINISHED and not is_idle


def check_stale_runs(runs: Sequence[Run], params: Params, now: datetime) -> Check:
    """Runs that are open for too long: their process hangs, or the runner died."""
    limit = stamp(now - params.stale_run_hours * HOUR)
    stale = [run for run in runs if run.ended_at is None and run.started_at < limit]
    jobs = ", ".join(sorted({run.job for run in stale}))
    step = "see `python runner.py status`; a restart of the runner closes what is lost"
    return Check(
        name="stale_runs",
        level="warning" if stale else "ok",
        value=f"{len(stale)} ({jobs})" if stale else "0",
        threshold=f"none open for more than {params.stale_run_hours:g} h",
        next_step=step if stale else "",
        exit_code=RUNS,
    )


def check_deployment(rows: Sequence[Row]) -> Check:
    """Whether the newest deployment came to a good end; only a warning if not."""
    deployments = production.deployments(rows)
    status = deployments[-1].status if deployments else "none"
    step = AFTER_DEPLOYMENT.get(status, "")
    return Check(
        name="deployment",
        level="warning" if step else "ok",
        value=status,
        threshold="promoted or verified",
        next_step=step,
        exit_code=STORE,
    )


def check_court(said: Sequence[str], popularity_is_better: bool) -> Check:
    """What the court has ruled against the champion: that popularity is better is critical, that
    the former champion is, a warning. `said` are the rulings in words, none if nothing is wrong.
    """
    level: Level = "ok"
    if said:
        level = "critical" if popularity_is_better else "warning"
    step = (
        "look at the data and the last promotion; `python runner.py rollback` goes back"
    )
    return Check(
        name="court",
        level=level,
        value=" / ".join(said) or "nothing against the champion",
        threshold="",
        next_step=step if said else "",
        exit_code=MODEL,
    )
