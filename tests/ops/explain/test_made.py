"""What a run has made of the project; what another one made is not told of it."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.explain import made
from ops.explain.moments import parsed
from ops.scheduler.run_history import stamp
from recsys.intake import drop_log
from recsys.intake.drop_log import Entry
from tests.ops.explain.rows import a_run

RUN = a_run()
DURING = parsed(RUN.started_at) + timedelta(seconds=2)
BEFORE = DURING - timedelta(hours=1)


def write(path: Path, value: object, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    os.utime(path, (at.timestamp(), at.timestamp()))


@pytest.mark.parametrize(
    ("at", "words"), [(DURING, "refused: 1 row of new.csv"), (BEFORE, "")]
)
def test_rows_that_a_refresh_has_refused(
    tmp_path: Path, at: datetime, words: str
) -> None:
    merged = {
        "read": 9,
        "quarantined": 1,
        "files": {"000001-0123456789abcdef.csv": {"quarantined": 1}},
        "quarantined_by_reason": {"cells": 1},
    }
    write(tmp_path / "metrics/merge.json", merged, at)
    batches = tmp_path / "data" / "batches"
    batches.mkdir(parents=True)
    batch = "000001-0123456789abcdef.csv"
    drop_log.note(
        batches, Entry(at.isoformat(), "new.csv", 9, 3, None, batch, "sealed")
    )
    assert made.by(RUN, tmp_path, tmp_path / "state") == words


@pytest.mark.parametrize(
    ("report", "at", "words"),
    [
        ({"verdict": "none", "drifted": [], "watched": []}, DURING, "no drift"),
        (
            {"verdict": "drift", "drifted": ["rating", "rate"], "watched": []},
            DURING,
            "drift: stars, events a week",
        ),
        (
            {"verdict": "watch", "drifted": [], "watched": ["bought"]},
            DURING,
            "watch: kinds of products",
        ),
        ({"verdict": "drift", "drifted": ["rating"], "watched": []}, BEFORE, ""),
        ({"over": ["rating_shift"]}, DURING, ""),  # of former times
        ([], DURING, ""),
    ],
)
def test_drift(tmp_path: Path, report: object, at: datetime, words: str) -> None:
    write(tmp_path / "metrics/drift.json", report, at)
    assert made.by(a_run(job="drift"), tmp_path, tmp_path / "state") == words


def test_deployments(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for model_id, status, at in (
        ("als-1", "verified", BEFORE),
        ("als-2", "pending", DURING),
    ):
        intent = Intent("promote", model_id, 1, None, None, None)
        number = deployment_log.begin(state / "runner.db", intent, at)
        deployment_log.finish(state / "runner.db", number, status, "", at)  # type: ignore[arg-type]  # a Status
    idle = a_run(
        job="deploy", started_at=stamp(DURING + timedelta(hours=1)), ended_at=None
    )
    assert made.by(idle, tmp_path, state) == "nothing new in Staging"
    deploy = a_run(job="deploy")
    assert made.by(deploy, tmp_path, state) == "promoted als-2 (pending)"


def test_a_job_that_makes_nothing_of_the_kind(tmp_path: Path) -> None:
    assert made.by(a_run(job="cleanup"), tmp_path, tmp_path) == ""
