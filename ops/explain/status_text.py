"""The status for people: a line or two a thing, then the jobs; times in the runner's zone."""

import textwrap
from collections.abc import Iterator, Sequence

from ops.alerts.outbox import Cause
from ops.explain import drops, live, refused_rows
from ops.explain.live import Live, Waiting
from ops.explain.looks import Runner, Status
from ops.explain.moments import Clock, parsed
from ops.explain.timetable import FILE, Timetable
from ops.scheduler.jobs import JOBS
from ops.terminal import aligned, cut, printable

HEAD = 12  # columns of the words on the left
WHOLE = ("times", "ATTENTION")  # their texts say why
ILL_SHOWN = 5  # of what is ill now
SAMPLE = "the sample shop runs; `python runner.py init FILE ...` takes your own files"
UNREAD = "the registry cannot be read: {}"
UNKNOWN = "not known; all else here is of this machine"
START = "not running: no job runs by itself; start it with `python runner.py start`"


def as_text(status: Status, width: int) -> str:
    """All of it, in lines of at most `width` columns."""
    room = max(width - HEAD, 40)
    lines = [
        f"{head:{HEAD}}{cut(text, room)}".rstrip()
        for head, texts in _facts(status)
        for head, text in _beside(head, _whole(head, texts, room))
    ]
    return "\n".join([*lines, "", *_jobs(status, width)])


def _whole(head: str, texts: Sequence[str], room: int) -> list[str]:
    """What must be read to its end goes on in the next line; the rest is cut."""
    if head not in WHOLE:
        return list(texts)
    return [line for text in texts for line in textwrap.wrap(printable(text), room)]


def _beside(head: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip([head, *[""] * len(texts)], texts, strict=False)


def _facts(status: Status) -> list[tuple[str, list[str]]]:
    clock = status.clock
    refused = status.refused.sentence if status.refused else "nothing was merged yet"
    unread = [UNREAD.format(status.unread)] if status.unread else []
    trouble = [("ATTENTION", [text]) for text in [*unread, *status.trouble]]
    waits = [UNKNOWN] if status.unread else _waiting(status.waiting, clock)
    ill = [("ill now", _ill(status.ill, clock))] if status.ill else []
    sample = [("data", [SAMPLE])] * (
        status.refused is not None and status.refused.of_sample
    )
    if status.blocked:
        trouble.append(("BLOCKED", refused_rows.blocked_lines(status.blocked)))
    return [
        ("runner", [_runner(status.runner, clock)]),
        ("times", [_times(status.times)]),
        ("live", _live(status, clock)),
        *trouble,
        *ill,
        ("in Staging", waits),
        *sample,
        ("drops", drops.lines(status.drops, clock)),
        ("refused", [refused]),
        ("health", [status.health.sentence(clock)]),
        ("disk", [status.disk.sentence]),
    ]


def _runner(runner: Runner, clock: Clock) -> str:
    if not runner.alive:
        return START
    since = f" since {clock.at(parsed(runner.since))}" if runner.since else ""
    if runner.frozen:
        return (
            f"FROZEN (process {runner.pid}, state T){since}: no job runs; "
            f"`kill -CONT {runner.pid}` wakes it, `python runner.py stop --force` ends it"
        )
    return f"up{since}, process {runner.pid}"


def _times(times: Timetable) -> str:
    source = "as the runner has taken them" if times.source != FILE else "params.yaml"
    note = f"; {times.note}" if times.note else ""
    return f"{times.zone.key}, {source}{note}"


def _live(status: Status, clock: Clock) -> list[str]:
    found = status.live
    if status.elsewhere:
        return [status.elsewhere, *_by_the_log(found, clock)]
    if found is None and status.trouble:  # that something is wrong stands below
        return ["none by the deployment log"]
    if found is None:
        return [
            "no model yet; `python runner.py promote` puts the one in Staging there"
        ]
    return _of_this_machine(found, clock)


def _by_the_log(found: Live | None, clock: Clock) -> list[str]:
    """What this machine has promoted last, where another one has done so since."""
    if found is None:
        return []
    first, *more = _of_this_machine(found, clock)
    return [f"here before: {first}", *more]


def _of_this_machine(found: Live, clock: Clock) -> list[str]:
    top = found.deployment
    since = f"since {clock.at(found.since)} ({clock.ago(found.since)})"
    return [f"{top.model_id} (version {top.version}), {since}", *live.how(found, clock)]


def _ill(causes: Sequence[Cause], clock: Clock) -> list[str]:
    lines = [
        printable(f"{each.level} since {clock.at(parsed(each.since))}: {each.text}")
        for each in causes[:ILL_SHOWN]
    ]
    more = len(causes) - ILL_SHOWN
    return lines + ([f"{more} more: `python runner.py alerts`"] if more > 0 else [])


def _waiting(found: Waiting | None, clock: Clock) -> list[str]:
    if found is None:
        return ["nothing waits"]
    version = found.version
    at = clock.at(version.created_at)
    return [f"{version.model_id} (version {version.number}), made {at}", found.verdict]


def _jobs(status: Status, width: int) -> list[str]:
    rows = [("JOB", "LAST", "NEXT", "WHAT CAME OF IT THE LAST TIME")]
    rows += [_row(job, status) for job in JOBS]
    return [cut(line, width) for line in aligned(rows)]


def _row(job: str, status: Status) -> tuple[str, str, str, str]:
    found, clock = status.jobs.get(job, []), status.clock
    last = clock.at(found[0].at) if found else "never"
    words = (
        status.last_words[job] if found else f"`python runner.py why {job}` says why"
    )
    if job in status.due:
        words = f"its slot of {clock.short(status.due[job])} waits; {words}"
    due = status.times.next(job, clock.now)
    if due:
        return job, last, clock.at(due), words
    is_off = job in status.times.rules
    return job, last, "disabled" if is_off else "by hand", words if found else "-"
