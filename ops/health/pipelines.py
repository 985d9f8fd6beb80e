"""The checks of the runs: how many ended well, which are stuck, which slots never ran.

reads   state/runner.db; writes nothing

Runs of the health check itself do not count in the success rate: else one stale file would drive
the rate down hour by hour, and keep it there. Nor does what had nothing to do, or found somebody
else at work; of a slot that was tried again only the last attempt counts.
"""

from collections.abc import Sequence
from datetime import datetime

from ops.health import checks
from ops.health.checks import DAY, HOUR, Check, Params, Subject
from ops.scheduler import run_history
from ops.scheduler.run_history import Missed, Run, stamp
from recsys.program.errors import GateError, InstanceError

# skipped: there was nothing to do; a run that an operator stopped says nothing; lost: of old rows
FINISHED = ("ok", "failed", "timeout", "interrupted", "lost")
WELL = ("ok", "skipped")
OWN_JOB = "health"
BY_CHOICE = "disabled"  # in the reason of slots that nobody misses
SHOWN = 3


def look(subject: Subject) -> list[Check]:
    """Success rate, stale runs, missed slots."""
    state, params, now = subject.state, subject.params, subject.now
    return checks.of(
        "pipelines",
        [
            (
                "success_rate",
                lambda: check_success_rate(run_history.runs(state), params, now),
            ),
            (
                "stale_runs",
                lambda: check_stale_runs(run_history.runs(state), params, now),
            ),
            (
                "missed_slots",
                lambda: check_missed(
                    run_history.missed(state), run_history.runs(state), params, now
                ),
            ),
        ],
    )


def check_success_rate(runs: Sequence[Run], params: Params, now: datetime) -> Check:
    """Share of the runs that ended well, of those that ended in the last days.

    No run at all is ok.
    """
    since = stamp(now - params.success_days * DAY)
    statuses = [
        run.status
        for run in _last_attempts(runs)
        if _counts(run) and since <= (run.ended_at or "") <= stamp(now)
    ]
    good = statuses.count("ok")
    rate = good / len(statuses) if statuses else 1.0
    is_low = rate < params.min_success_rate
    failed = sorted({run.job for run in runs if run.status in FINISHED[1:]})
    step = (
        f"`python runner.py history` and the newest logs in state/logs say why "
        f"({', '.join(failed)})"
    )
    return Check(
        "pipelines",
        "success_rate",
        "critical" if is_low else "ok",
        f"{rate:.2f} ({good} of {len(statuses)} runs)" if statuses else "no runs",
        f"at least {params.min_success_rate:g} over {params.success_days} days",
        step if is_low else "",
    )


def _last_attempts(runs: Sequence[Run]) -> list[Run]:
    """Each run by hand, and the last attempt at each slot."""
    last = {(run.job, run.slot or run.id): run for run in runs}
    return list(last.values())


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
        "pipelines",
        "stale_runs",
        "warning" if stale else "ok",
        f"{len(stale)} ({jobs})" if stale else "0",
        f"none open for more than {params.stale_run_hours:g} h",
        step if stale else "",
    )


def check_missed(
    missed: Sequence[Missed], runs: Sequence[Run], params: Params, now: datetime
) -> Check:
    """Slots of the last days that never ran, of jobs that have not ended well since."""
    since = stamp(now - params.success_days * DAY)
    done = {run.job: run.slot or run.started_at for run in runs if run.status in WELL}
    open_ = [
        one
        for one in missed
        if since <= one.slot <= stamp(now)  # later: the clock was set back since
        and BY_CHOICE not in one.reason
        and done.get(one.job, "") < one.slot
    ]
    newest = {one.job: one for one in sorted(open_, key=lambda one: one.slot)}
    told = [f"{one.job} ({one.reason})" for one in list(newest.values())[:SHOWN]]
    jobs = ", ".join(f"`python runner.py run {job}`" for job in list(newest)[:SHOWN])
    return Check(
        "pipelines",
        "missed_slots",
        "warning" if open_ else "ok",
        f"{len(open_)}: {', '.join(told)}" if open_ else "0",
        f"none over {params.success_days} days that was not made up for",
        f"if the work is needed now: {jobs}" if open_ else "",
    )
