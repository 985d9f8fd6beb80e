import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.scheduler import run_history
from recsys.program.errors import StoreError

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
SLOT = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)


def opened(
    state: Path, job: str = "train", slot: datetime | None = None, now: datetime = NOW
) -> run_history.Run:
    run = run_history.open_run(state, job, slot, now)
    assert run
    return run


def test_reading_where_nothing_ever_ran_creates_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert run_history.last_runs(state) == {}
    assert run_history.open_runs(state) == []
    assert run_history.last_slots(state) == {}
    assert run_history.first_start(state) is None
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_our_tables_reads_as_empty(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "runner.db")) as other:
        other.execute("CREATE TABLE deployments (id)")
    assert run_history.last_runs(tmp_path) == {}
    assert run_history.first_start(tmp_path) is None


def test_reading_a_database_at_rest_leaves_no_file_beside_it(tmp_path: Path) -> None:
    opened(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(run_history.open_runs(tmp_path)) == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_reading_sees_what_a_writer_has_not_yet_moved_out_of_its_wal(
    tmp_path: Path,
) -> None:
    opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "runner.db")) as other:
        other.execute("UPDATE runs SET pid = 7")
        other.commit()
        assert [run.pid for run in run_history.open_runs(tmp_path)] == [7]


def test_a_run_from_open_to_closed(tmp_path: Path) -> None:
    run = opened(tmp_path, slot=SLOT)
    assert run == run_history.Run(
        id=run.id,
        job="train",
        slot="2026-03-01T19:00:00.000+00:00",
        attempt=1,
        started_at="2026-03-01T19:00:00.000+00:00",
        ended_at=None,
        pid=None,
        owner=os.getpid(),
        status="running",
        kind=None,
        reason=None,
        exit_code=None,
        log=str(tmp_path / "logs" / f"{run.id}.log"),
    )
    run_history.set_pid(tmp_path, run.id, 42)
    assert run_history.open_runs(tmp_path) == [replace(run, pid=42)]
    run_history.close_run(tmp_path, run.id, "failed", 3, NOW + timedelta(seconds=90))
    assert run_history.open_runs(tmp_path) == []
    assert run_history.last_runs(tmp_path) == {
        "train": replace(
            run,
            pid=42,
            status="failed",
            exit_code=3,
            ended_at="2026-03-01T19:01:30.000+00:00",
        )
    }


def test_a_slot_is_taken_once_a_job(tmp_path: Path) -> None:
    opened(tmp_path, "train", SLOT)
    assert (
        run_history.open_run(tmp_path, "train", SLOT, NOW + timedelta(days=1)) is None
    )
    opened(tmp_path, "drift", SLOT)
    assert run_history.last_slots(tmp_path) == {"train": SLOT, "drift": SLOT}


def test_runs_by_hand_have_no_slot_and_ids_of_one_second_differ(tmp_path: Path) -> None:
    assert len({opened(tmp_path).id for _ in range(20)}) == 20
    assert run_history.last_slots(tmp_path) == {}


def test_the_last_run_is_the_newest(tmp_path: Path) -> None:
    opened(tmp_path, now=NOW + timedelta(hours=1))
    opened(tmp_path, now=NOW)
    assert (
        run_history.last_runs(tmp_path)["train"].started_at
        == "2026-03-01T20:00:00.000+00:00"
    )


def test_only_interrupted_can_be_corrected(tmp_path: Path) -> None:
    run = opened(tmp_path)
    for status, expected in (
        ("interrupted", "interrupted"),
        ("ok", "ok"),
        ("failed", "ok"),
    ):
        run_history.close_run(tmp_path, run.id, status, None, NOW)
        assert run_history.last_runs(tmp_path)["train"].status == expected


def test_the_first_start_stays_the_first(tmp_path: Path) -> None:
    run_history.note_start(tmp_path, NOW)
    run_history.note_start(tmp_path, NOW + timedelta(days=1))
    assert run_history.first_start(tmp_path) == NOW


def test_of_many_processes_at_first_use_one_gets_the_slot(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, datetime\n"
        "from ops.scheduler import run_history as history\n"
        "sys.stdin.read(1)\n"
        "moment = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)\n"
        "print(history.open_run(pathlib.Path(sys.argv[1]), 'train', moment, moment) is not None)"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(6)
    ]
    for child in children:
        assert child.stdin
        child.stdin.write("x")
        child.stdin.flush()
    assert sorted(child.communicate()[0].strip() for child in children) == [
        "False"
    ] * 5 + ["True"]


def test_a_writer_killed_inside_its_transaction_leaves_nothing(tmp_path: Path) -> None:
    opened(tmp_path, "drift")
    code = (
        "import sys, os, pathlib\nfrom ops.scheduler import run_tables\n"
        "with run_tables.writing(pathlib.Path(sys.argv[1]) / 'runner.db') as connection:\n"
        "    connection.execute(\"UPDATE runs SET status = 'ok'\")\n    os.kill(os.getpid(), 9)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], check=False
        ).returncode
        == -signal.SIGKILL
    )
    assert run_history.last_runs(tmp_path)["drift"].status == "running"
    opened(tmp_path, "train")
    assert set(run_history.last_runs(tmp_path)) == {"train", "drift"}


def test_a_damaged_database_is_a_store_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "runner.db").write_bytes(
        b"not a database, and long enough to be looked at" * 40
    )
    with pytest.raises(StoreError, match=r"runner\.db: file is not a database"):
        run_history.last_runs(tmp_path)
    with pytest.raises(StoreError, match=r"runner\.db: file is not a database"):
        run_history.open_run(tmp_path, "train", None, NOW)


def test_a_slot_that_failed_is_tried_again_and_one_that_went_well_is_not(
    tmp_path: Path,
) -> None:
    statuses = ["failed", "interrupted", "skipped", "ok"]
    codes = [6, None, 5, 0]  # a skip because somebody else was at work ends nothing
    for number, (status, code) in enumerate(zip(statuses, codes, strict=True), 1):
        run = opened(tmp_path, slot=SLOT)
        assert run.attempt == number
        run_history.close_run(tmp_path, run.id, status, code, NOW)
    assert run_history.open_run(tmp_path, "train", SLOT, NOW) is None
    assert run_history.last_attempts(tmp_path, SLOT)["train"].attempt == 4
    assert run_history.last_slots(tmp_path) == {"train": SLOT}


def test_a_slot_with_nothing_to_do_is_done(tmp_path: Path) -> None:
    run = opened(tmp_path, slot=SLOT)
    run_history.close_run(tmp_path, run.id, "skipped", 0, NOW, reason="no change")
    assert run_history.open_run(tmp_path, "train", SLOT, NOW) is None
    assert run_history.last_runs(tmp_path)["train"].reason == "no change"


def test_the_reason_of_the_end_is_added_to_that_of_the_beginning(
    tmp_path: Path,
) -> None:
    for end, told in [(None, "drift"), ("exit 70", "drift; exit 70")]:
        run = run_history.open_run(tmp_path, "train", None, NOW, "drift")
        assert run
        run_history.close_run(tmp_path, run.id, "ok", 0, NOW, "full", end)
        last = run_history.last_runs(tmp_path)["train"]
        assert (last.kind, last.reason) == ("full", told)


def test_of_two_attempts_one_at_most_goes_well(tmp_path: Path) -> None:
    first = opened(tmp_path, slot=SLOT)
    run_history.close_run(tmp_path, first.id, "interrupted", None, NOW, reason="gone")
    second = opened(tmp_path, slot=SLOT)
    run_history.close_run(tmp_path, second.id, "ok", 0, NOW)
    run_history.close_run(tmp_path, first.id, "ok", 0, NOW)
    assert [run.status for run in run_history.runs(tmp_path)] == ["interrupted", "ok"]


def test_missed_slots_are_noted_once_and_only_if_nobody_tried_them(
    tmp_path: Path,
) -> None:
    opened(tmp_path, slot=SLOT)
    day = timedelta(days=1)
    for why in ("the runner was down", "another reason"):
        slots = {("train", SLOT): why, ("train", SLOT - day): why}
        run_history.settle(tmp_path, NOW, ["train"], {}, slots)
    assert run_history.missed(tmp_path) == [
        run_history.Missed(
            "train",
            "2026-02-28T19:00:00.000+00:00",
            "the runner was down",
            "2026-03-01T19:00:00.000+00:00",
        )
    ]
    assert run_history.settled(tmp_path, NOW) == {"train": NOW}


def test_a_slot_that_was_missed_and_runs_after_all_is_missed_no_more(
    tmp_path: Path,
) -> None:
    run_history.settle(tmp_path, NOW, [], {}, {("train", SLOT): "it waited"})
    opened(tmp_path, slot=SLOT)
    assert run_history.missed(tmp_path) == []


def test_what_waits_stands_there_until_it_runs_is_missed_or_overtaken(
    tmp_path: Path,
) -> None:
    day = timedelta(days=1)
    waits = {"train": (SLOT, None), "drift": (SLOT - day, "asked")}
    run_history.settle(tmp_path, NOW, [], waits, {})
    assert run_history.waiting(tmp_path) == [
        ("drift", SLOT - day, "asked"),
        ("train", SLOT, None),
    ]
    opened(tmp_path, "train", SLOT)
    run_history.settle(tmp_path, NOW, [], {}, {("drift", SLOT - day): "its grace"})
    assert run_history.waiting(tmp_path) == []
    run_history.settle(tmp_path, NOW, [], waits, {})
    run_history.forget_waiting(tmp_path, "train", SLOT)
    assert [job for job, _, _ in run_history.waiting(tmp_path)] == ["drift"]


@pytest.mark.parametrize("days", [1, 400])
def test_a_clock_that_is_set_back_settles_anew_and_one_that_was_wrong_goes_on(
    tmp_path: Path, days: int
) -> None:
    hour, back = timedelta(hours=1), NOW - timedelta(days=days)
    run_history.settle(tmp_path, NOW, ["train"], {}, {})
    run_history.set_back(tmp_path, back)
    assert run_history.settled(tmp_path, NOW - hour) == {"train": back}
    right_again = NOW if days == 400 else back
    assert run_history.settled(tmp_path, NOW + hour) == {"train": right_again}
    run_history.settle(tmp_path, back + hour, ["train"], {}, {})
    assert run_history.settled(tmp_path, NOW - hour) == {"train": back + hour}
    run_history.settle(tmp_path, NOW + hour, ["train"], {}, {})
    assert run_history.settled(tmp_path, NOW) == {"train": NOW + hour}
