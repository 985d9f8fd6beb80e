"""What came of a run, or why a slot has none, in one sentence.

reads   the end of a run's log, where its row gives no reason
"""

import re
from pathlib import Path

from ops.explain import last_health
from ops.explain.log_end import last_error
from ops.explain.moments import Clock, parsed
from ops.scheduler import ends
from ops.scheduler.run_history import Missed, Run
from ops.terminal import printable, took

NOTHING_NEW = "nothing new"
EXIT = re.compile(r"^exit \d+(: |$)")  # as the loop begins the reason of a failure
NO_CHANGE = ("no change", "nothing changed", "")
BY_CODE = {
    2: "params.yaml or the command line is wrong",
    3: "the data were refused",
    4: "no model may be promoted",
    5: "somebody else was at work",
    6: "the store could not be reached",
    7: "the service did not answer as it should",
    8: "the disk is full or refuses to write",
    70: "a bug; its log has the traceback",
    137: "killed by the system (out of memory?)",
}
BY_GATE = {
    "the gate holds": "held by the gate",
    "the gate rejects": "rejected by the gate",
}


def of_run(run: Run, clock: Clock) -> str:
    """What came of it."""
    if run.job == "health" and (found := last_health.of_log(Path(run.log))):
        return found
    reason = printable((run.reason or "").strip())
    more = f": {reason}" if reason else ""
    sentences = {
        "running": f"runs for {_took(run, clock)} now{more}",
        "ok": f"done in {_took(run, clock)}{_kind(run)}{more}",
        "skipped": _skipped(run, EXIT.sub("", reason)),
        "failed": f"failed: {EXIT.sub('', reason) or _why_failed(run)}",
        "timeout": f"ended after {_took(run, clock)}: {reason or 'its time limit'}",
        "stopped": f"stopped after {_took(run, clock)}: {reason or ends.STOPPED}",
    }
    return sentences.get(run.status, f"cut off: {reason or ends.INTERRUPTED}")


def _took(run: Run, clock: Clock) -> str:
    end = parsed(run.ended_at) if run.ended_at else clock.now
    return took(max(0.0, (end - parsed(run.started_at)).total_seconds()))


def _kind(run: Run) -> str:
    return f" ({run.kind})" if run.kind else ""


def _skipped(run: Run, reason: str) -> str:
    for words, verdict in BY_GATE.items():
        if words in reason:
            return f"{verdict}: {reason.partition(':')[0]}"
    if reason in NO_CHANGE:
        return BY_CODE.get(run.exit_code or 0, NOTHING_NEW)
    return f"nothing to do: {reason}"


def _why_failed(run: Run) -> str:
    """What its log says last, else what its exit code means."""
    if found := last_error(Path(run.log)):
        return found
    code = run.exit_code
    meaning = BY_CODE.get(code or 0, "see its log")
    return meaning if code is None else f"exit {code}, {meaning}"


def of_missed(missed: Missed) -> str:
    """Why a slot will never run."""
    return f"did not run: {printable(missed.reason)}"
