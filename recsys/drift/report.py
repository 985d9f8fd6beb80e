"""metrics/drift.json: the verdict, each measure over its windows, what moved, what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recsys.drift import moved, served
from recsys.drift.events import Events, moment
from recsys.drift.holm import Shift
from recsys.drift.judge import InWindow, Judged
from recsys.drift.params import Params
from recsys.drift.reference import Reference
from recsys.drift.served import Hearing

LEFT = {"too_little_data": "too little data"}


def report(
    judged: Judged,
    events: Events,
    reference: Reference,
    hearings: Sequence[Hearing],
    names: Mapping[str, str],
    params: Params,
) -> dict[str, Any]:
    """All that is known, as plain values in the order of the file."""
    verdicts = judged.verdicts
    return {
        "verdict": judged.verdict,
        "drifted": [name for name, each in verdicts.items() if each == "drift"],
        "watched": [name for name, each in verdicts.items() if each == "watch"],
        "reference": reference.model_dump(),
        "newest_event": moment(int(events.time.max())),
        "windows": judged.windows,
        "window_days": params.window_days,
        "level": params.level,
        "alarm": f"{params.alarm_after} of {params.alarm_windows} windows",
        "measures": {name: _measure(name, judged, params) for name in judged.tested},
        "moved": moved.moved(judged, events, names, params),
        "weeks": moved.by_week(judged, events, params),
        "served": served.summary(hearings, _since(judged)) if hearings else None,
    }


def _measure(name: str, judged: Judged, params: Params) -> dict[str, Any]:
    tested = judged.tested[name]
    newest = next((one for one in tested[::-1] if isinstance(one.found, Shift)), None)
    found = newest.found if newest else None
    return {
        "verdict": judged.verdicts[name],
        "effect": round(found.effect, 6) if isinstance(found, Shift) else None,
        "p": round(found.p, 6) if isinstance(found, Shift) else None,
        "floor": params.floors.model_dump()[name],
        "why_not": _why_not(tested, judged),
        "windows": [_window(one) for one in tested],
    }


def _why_not(tested: Sequence[InWindow], judged: Judged) -> str | None:
    """Why nothing is known; None if anything is."""
    if any(isinstance(one.found, Shift) for one in tested):
        return None
    if tested:
        return str(tested[-1].found)
    return f"no window is over yet ({judged.windows} of the short ones are)"


def _window(one: InWindow) -> dict[str, Any]:
    found = one.found
    known = isinstance(found, Shift)
    return {
        "since": moment(one.since),
        "until": moment(one.until),
        "effect": round(found.effect, 6) if isinstance(found, Shift) else None,
        "p": round(found.p, 6) if isinstance(found, Shift) else None,
        "flagged": one.flagged,
        "too_little_data": None if known else str(found),
    }


def _since(judged: Judged) -> str | None:
    """When what drifts began to: the start of the first window that was flagged."""
    begins = [
        one.since
        for name, tested in judged.tested.items()
        if judged.verdicts[name] == "drift"
        for one in tested
        if one.flagged
    ]
    return moment(min(begins)) if begins else None


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The report as a short table, for a log."""
    reference = found["reference"]
    whose = reference["model_id"] or reference["why"]
    verdict = LEFT.get(found["verdict"], found["verdict"])
    yield (
        f"drift: {verdict}; {found['windows']} windows of {found['window_days']} days since "
        f"{reference['until'][:10]}, the end of the reference ({whose})"
    )
    unknown: dict[str, list[str]] = {}  # measures by why nothing is known of them
    for name, each in found["measures"].items():
        verdict = each["verdict"]
        if each["why_not"]:
            unknown.setdefault(each["why_not"], []).append(name)
            continue
        flags = sum(one["flagged"] for one in each["windows"])
        yield (
            f"  {name:17} {verdict:6} effect {each['effect']:.3f} (floor {each['floor']:g})  "
            f"p {each['p']:.4f}  flagged {flags} of {len(each['windows'])} windows"
        )
    for why, names in unknown.items():
        of = (
            "all measures" if len(names) == len(found["measures"]) else ", ".join(names)
        )
        yield f"  too little data of {of}: {why}"
