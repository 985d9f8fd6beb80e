"""The status as a program reads it."""

import json
from datetime import timedelta
from pathlib import Path

from ops.explain import looks, status_json
from ops.scheduler import run_history
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import DOWN, lived


def found(root: Path) -> dict[str, object]:
    lived(root)
    state = root / "state"
    run = run_history.open_run(state, "drift", None, NOW - timedelta(seconds=200))
    assert run
    status = looks.collect(root, state, root / "mlruns", root / "params.yaml", NOW)
    shown: dict[str, object] = json.loads(json.dumps(status_json.as_json(status)))
    return shown


def test_after_a_while(tmp_path: Path) -> None:
    shown = found(tmp_path)
    assert shown["runner"] == {
        "alive": False,
        "pid": None,
        "since": None,
        "frozen": False,
    }
    assert shown["zone"] == "Asia/Ho_Chi_Minh"
    assert shown["production"] == {
        "model_id": "als-1",
        "version": 1,
        "status": "verified",
        "at": "2026-11-22T04:00:00.000+00:00",
        "since": "2026-11-22T04:00:00.000+00:00",
        "action": "promote",
        "who": "ann@shop",
        "from_model_id": None,
        "verdict": "gate: PROMOTE, good",
        "verified": "2 workers",
        "approved": None,
    }
    assert (shown["staging"], shown["trouble"], shown["quarantine"]) == (None, [], None)
    assert [(run["job"], run["took_s"]) for run in shown["open_runs"]] == [  # type: ignore[attr-defined]  # a list of dicts
        ("drift", 200.0)
    ]


def test_a_job_has_its_words_its_last_run_and_its_last_missed_slot(
    tmp_path: Path,
) -> None:
    (refresh,) = [job for job in found(tmp_path)["jobs"] if job["job"] == "refresh"]  # type: ignore[attr-defined]  # a list of dicts
    assert refresh["words"] == "done in 4.0 s: 37 new interactions"
    assert (refresh["enabled"], refresh["when"]) == (True, "daily at 02:00")
    assert refresh["next"] == "2026-11-24T02:00:00+07:00"
    assert (refresh["last"]["status"], refresh["last"]["took_s"]) == ("ok", 4.0)
    assert refresh["last_missed"]["words"] == f"did not run: {DOWN}"
