"""Which ends of a run may pass by themselves, and when it is tried again.

Only what stands here is tried again: a bug (70) and refused data (3) stay as they are however often
one tries, and a run over its time limit would be so again. Wrong params (2) wait for other ones.
"""

from datetime import datetime

from ops.scheduler.dues import Waiting
from ops.scheduler.run_history import INSTANCE, Run
from recsys.program.errors import (
    ConfigError,
    DiskError,
    GateError,
    ServiceError,
    StoreError,
)

TRANSIENT = {
    INSTANCE: "somebody else was at work",
    StoreError.exit_code: "the store could not be reached",
    ServiceError.exit_code: "the service did not answer well",
    DiskError.exit_code: "the disk was full or refused to write",
}
SIGNALS = range(129, 193)  # 128 + the number of the signal that ended it, as in a shell
CUT_SHORT = {"interrupted", "stopped"}  # the run had no say in its end
CUT_SHORT_RETRIES = 2
FIRST_WAIT_S, LONGEST_WAIT_S = 60, 1800
NOTHING_TO_DO = {GateError.exit_code, INSTANCE}  # as a job: no failure


def cause_of(run: Run) -> str | None:
    """Why the end of a run may pass by itself; None if it will not."""
    if run.status in CUT_SHORT:
        return "it was cut short"
    if run.status not in ("failed", "skipped") or run.exit_code is None:
        return None
    if run.exit_code in SIGNALS:
        return f"it was killed by signal {run.exit_code - 128}"
    return TRANSIENT.get(run.exit_code)


def may_retry(run: Run, retries: int) -> bool:
    """Whether a slot gets another attempt, after this one of its attempts."""
    if run.slot is None or cause_of(run) is None:
        return False
    limit = CUT_SHORT_RETRIES if run.status in CUT_SHORT else retries
    return run.attempt <= limit


def wait_s(attempt: int) -> float:
    """Seconds to wait after the end of an attempt: 1 minute, 2, 4, ... at most 30."""
    # here: it is needed after a failure only, and costs 3 MB
    from tenacity import RetryCallState
    from tenacity.wait import wait_exponential

    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type] # no call: the times alone
    state.attempt_number = attempt
    return wait_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)(state)


def again(run: Run, steady: float, now: datetime) -> Waiting:
    """The next attempt at the slot of a run, from when it may begin; `steady` is monotonic now."""
    left_s = 0.0
    if run.status not in CUT_SHORT:
        ended = datetime.fromisoformat(run.ended_at or run.started_at)
        left_s = max(0.0, wait_s(run.attempt) - (now - ended).total_seconds())
    slot = datetime.fromisoformat(run.slot or run.started_at)
    why = f"attempt {run.attempt + 1}, as {cause_of(run)}"
    return Waiting(run.job, slot, steady + left_s, why)


def with_other_params(run: Run) -> Waiting | None:
    """Another attempt at the slot of a run that has failed for params.yaml as it was; None if it
    has not. Whoever asks has seen that the file is right now.
    """
    if run.slot is None or run.status != "failed":
        return None
    if run.exit_code != ConfigError.exit_code:
        return None
    why = f"attempt {run.attempt + 1}, as params.yaml was wrong then"
    return Waiting(run.job, datetime.fromisoformat(run.slot), 0.0, why)
