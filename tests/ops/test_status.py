import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops import lock, status
from ops.deploy import deployment_log
from ops.scheduler import run_history
from ops.scheduler.schedule import JobRule, Params

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday 11:00 in Saigon
REFRESH = JobRule(
    enabled=True, every="day", at="02:00", grace="6h", time_limit_s=60, retries=0
)
PARAMS = Params(
    zone="Asia/Ho_Chi_Minh",
    export_to="lists.csv",
    train_when_trainable=50,
    on_drift="alert",
    retrains_a_month=0,
    jobs={
        "refresh": REFRESH,
        "train": REFRESH.model_copy(update={"every": "sunday", "at": "03:00"}),
    },
)


def test_when_nothing_ever_ran(tmp_path: Path) -> None:
    found = status.collect(PARAMS, tmp_path / "state", NOW)
    assert found["runner"] == {"alive": False, "pid": None, "since": None}
    assert found["production"] is None
    assert found["open_runs"] == []
    assert found["jobs"][:3] == [
        {"job": "refresh", "next": "2026-11-24T02:00:00+07:00", "last": None},
        {"job": "embed", "next": None, "last": None},
        {"job": "train", "next": "2026-11-29T03:00:00+07:00", "last": None},
    ]
    assert list(tmp_path.iterdir()) == []


def lived(state: Path) -> None:
    """A refresh that failed at 02:00 and a train that runs since 10:57, in Saigon."""
    for job, begun in (
        ("refresh", NOW - timedelta(hours=9)),
        ("train", NOW - timedelta(seconds=200)),
    ):
        run = run_history.open_run(state, job, None, begun)
        assert run
        if job == "refresh":
            run_history.close_run(
                state, run.id, "failed", 3, begun + timedelta(seconds=4.25)
            )
    with closing(sqlite3.connect(state / "runner.db")) as database:
        database.execute("UPDATE runs SET id = job, log = job || '.log', pid = 7")
        database.commit()


def test_after_a_while_for_programs(tmp_path: Path) -> None:
    lived(tmp_path)
    with lock.hold(
        tmp_path / "runner.lock",
        "the runner",
        {"pid": os.getpid(), "since": run_history.stamp(NOW)},
    ):
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        found = status.collect(PARAMS, tmp_path, NOW)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert json.loads(json.dumps(found)) == found
    assert found["runner"] == {
        "alive": True,
        "pid": os.getpid(),
        "since": "2026-11-23T04:00:00.000+00:00",
    }
    assert found["jobs"][0]["last"] == {
        "id": "refresh",
        "job": "refresh",
        "slot": None,
        "started_at": "2026-11-22T19:00:00.000+00:00",
        "ended_at": "2026-11-22T19:00:04.250+00:00",
        "pid": 7,
        "status": "failed",
        "exit_code": 3,
        "log": "refresh.log",
        "took_s": 4.2,
    }
    assert [(run["job"], run["took_s"]) for run in found["open_runs"]] == [
        ("train", 200.0)
    ]


def test_after_a_while_for_people(tmp_path: Path) -> None:
    lived(tmp_path)
    found = status.collect(PARAMS, tmp_path, NOW)
    found["runner"] = {
        "alive": True,
        "pid": 42,
        "since": run_history.stamp(NOW - timedelta(days=1)),
    }
    found["production"] = {
        "model_id": "als-0123456789ab",
        "version": 3,
        "status": "verified",
        "at": run_history.stamp(NOW),
    }
    chosen = ("refresh", "train", "rollback")
    found["jobs"] = [job for job in found["jobs"] if job["job"] in chosen]
    assert (
        status.table(found)
        == """\
runner      up since 2026-11-22 11:00, process 42
production  als-0123456789ab (version 3), verified 2026-11-23 11:00
times       Asia/Ho_Chi_Minh

JOB       LAST RUN          STATUS   EXIT  TOOK        NEXT RUN          LOG
refresh   2026-11-23 02:00  failed   3     4.2 s       2026-11-24 02:00  refresh.log
train     2026-11-23 10:56  running  -     3 min 20 s  2026-11-29 03:00  train.log
rollback  never             -        -     -           by hand           -

RUNNING NOW  SINCE             FOR         PROCESS
train        2026-11-23 10:56  3 min 20 s  7"""
    )


def test_what_is_in_production_comes_from_the_deployment_log(tmp_path: Path) -> None:
    run_history.note_start(tmp_path, NOW)
    assert status.collect(PARAMS, tmp_path, NOW)["production"] is None
    intent = deployment_log.begin(
        tmp_path / "runner.db",
        deployment_log.Intent("promote", "als-0123456789ab", 3, None, None, NOW),
        NOW,
    )
    deployment_log.finish(tmp_path / "runner.db", intent, "promoted", "", NOW)
    assert status.collect(PARAMS, tmp_path, NOW)["production"] == {
        "model_id": "als-0123456789ab",
        "version": 3,
        "status": "promoted",
        "at": "2026-11-23T04:00:00.000+00:00",
    }
