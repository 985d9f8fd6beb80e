"""The report says each measure in plain values, and a log says it in lines."""

import json
from typing import Any

from recsys.drift import judge, report
from recsys.drift.params import MEASURES
from recsys.drift.reference import Reference
from tests.recsys.drift.test_served import heard
from tests.recsys.drift.worlds import params, shop, vectors

REFERENCE = Reference(
    why="deployment",
    model_id="als-1",
    until="2026-01-01T00:00:00+00:00",
    events=540,
    users=540,
    file="events-0123456789ab.parquet",
)


def made(now: int, **changed: Any) -> dict[str, Any]:
    events = shop(now, **changed)
    judged = judge.judge(events, vectors(events), params())
    hearings = [heard(1, 0.3), heard(8, 0.2)]
    told = report.report(judged, events, REFERENCE, hearings, {}, params())
    copy: dict[str, Any] = json.loads(json.dumps(told, allow_nan=False))
    return copy


def test_what_drifts_is_told_with_effect_p_floor_and_windows() -> None:
    found = made(2, low=0.6)
    assert (found["verdict"], found["drifted"], found["windows"]) == (
        "drift",
        ["rating"],
        2,
    )
    assert list(found["measures"]) == list(MEASURES)
    rating = found["measures"]["rating"]
    assert rating["verdict"] == "drift" and rating["floor"] == 0.05
    assert rating["effect"] > 0.4 and rating["p"] < 0.01
    assert [one["flagged"] for one in rating["windows"]] == [True, True]
    assert found["reference"]["model_id"] == "als-1"
    assert found["served"]["cost"]["lost"] == 0.1  # since the first flagged window


def test_too_little_data_says_why() -> None:
    found = made(0)
    assert (found["verdict"], found["drifted"]) == ("too_little_data", [])
    why = {one["why_not"] for one in found["measures"].values()}
    assert why == {"no window is over yet (0 of the short ones are)"}
    lines = list(report.lines(found))
    assert lines[0].startswith(
        "drift: too little data; 0 windows of 7 days since 2026-01-01"
    )
    assert lines[1:] == [
        "  too little data of all measures: no window is over yet (0 of the short ones are)"
    ]


def test_the_log_has_a_line_a_measure() -> None:
    lines = list(report.lines(made(2, low=0.6)))
    assert lines[0] == (
        "drift: drift; 2 windows of 7 days since 2026-01-01, the end of the reference (als-1)"
    )
    assert lines[1].startswith("  rating            drift  effect 0.")
    assert lines[1].endswith("flagged 2 of 2 windows")
    why = next(line for line in lines if "no window is over yet" in line)
    assert why.startswith("  too little data of rate")
    assert sum("no window is over yet" in line for line in lines) == 1
