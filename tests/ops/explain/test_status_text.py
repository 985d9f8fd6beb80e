"""The status as a person reads it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ops.alerts import outbox
from ops.explain import looks, status_json, status_text
from ops.explain.disk import Disk
from ops.explain.refused_rows import Refused
from ops.pages import overview
from ops.scheduler import run_history
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived

TEXT = """\
runner      up since 2026-11-22 11:00, process 42
times       Asia/Ho_Chi_Minh, params.yaml
live        als-1 (version 1), since 2026-11-22 11:00 (24 h)
            promoted by ann@shop: 2 workers
            gate: PROMOTE, good
in Staging  nothing waits
drops       none waits
refused     nothing was merged yet
health      not looked at yet; `python runner.py health` looks now
disk        1.0 GB free of 2.0 GB; data 3 MB

JOB       LAST              NEXT              WHAT CAME OF IT THE LAST TIME
refresh   2026-11-23 02:00  2026-11-24 02:00  done in 4.0 s: 37 new interactions
train     2026-11-23 08:00  2026-11-29 03:00  failed: no room
rollback  never             by hand           -"""


def found(root: Path) -> looks.Status:
    lived(root)
    status = looks.collect(
        root, root / "state", root / "mlruns", root / "params.yaml", NOW
    )
    up = looks.Runner(True, 42, run_history.stamp(NOW - timedelta(days=1)))
    disk = Disk(1_000_000_000, 2_000_000_000, {"data": 3_000_000})
    return replace(status, runner=up, disk=disk)


def test_after_a_while(tmp_path: Path) -> None:
    shown = status_text.as_text(found(tmp_path), 160).splitlines()
    others = ("embed", "deploy", "drift", "court", "export", "health  ", "cleanup")
    head = TEXT.splitlines().index("")
    jobs = [line for line in shown[head:] if not line.startswith(others)]
    assert "\n".join([*shown[:head], *jobs]) == TEXT


def test_no_line_is_wider_than_the_terminal(tmp_path: Path) -> None:
    lines = status_text.as_text(found(tmp_path), 60).splitlines()
    assert max(map(len, lines)) == 60
    assert lines[8].endswith("…")


def test_a_runner_that_is_down_or_frozen_says_what_to_do(tmp_path: Path) -> None:
    status = found(tmp_path)
    down = replace(status, runner=looks.Runner(alive=False))
    assert status_text.as_text(down, 160).splitlines()[0] == (
        "runner      not running: no job runs by itself; start it with `python runner.py start`"
    )
    frozen = replace(status, runner=looks.Runner(True, 42, None, frozen=True))
    assert status_text.as_text(frozen, 160).splitlines()[0] == (
        "runner      FROZEN (process 42, state T): no job runs; `kill -CONT 42` wakes it, "
        "`python runner.py stop --force` ends it"
    )


def test_why_times_are_not_taken_is_read_to_its_end(tmp_path: Path) -> None:
    status = found(tmp_path)
    times = replace(status.times, note=f"params.yaml was refused: {'why ' * 40}end")
    lines = status_text.as_text(replace(status, times=times), 80).splitlines()
    assert lines[1].startswith("times       Asia/Ho_Chi_Minh")
    told = " ".join(line.strip() for line in lines[1:6])
    assert "why end" in told and max(map(len, lines)) <= 80


def test_a_log_that_was_lost_is_not_told_as_no_model_yet(tmp_path: Path) -> None:
    status = replace(found(tmp_path), live=None)
    assert "no model yet" in status_text.as_text(status, 160)
    told = status_text.as_text(replace(status, trouble=["by the log: none"]), 160)
    assert "live        none by the deployment log" in told


def test_what_another_machine_promoted_is_what_is_live(tmp_path: Path) -> None:
    there = "als-2 (version 7), promoted by another machine"
    status = replace(found(tmp_path), elsewhere=there)
    lines = status_text.as_text(status, 160).splitlines()
    [at] = [n for n, line in enumerate(lines) if line.startswith("live")]
    assert lines[at] == f"live        {there}"
    assert lines[at + 1].startswith("            here before: als-1 (version 1), since")
    told = status_text.as_text(replace(status, live=None), 160)
    assert there in told and "no model yet" not in told
    assert status_json.as_json(status)["elsewhere"] == there
    assert overview.live_lines(status)[0] == f"now {there}"
    assert status_json.as_json(replace(status, elsewhere=""))["elsewhere"] is None


def test_what_is_wrong_stands_below_what_is_live(tmp_path: Path) -> None:
    status = replace(found(tmp_path), trouble=["the last try failed"])
    assert "ATTENTION   the last try failed" in status_text.as_text(status, 160)


def test_what_is_ill_now_is_told_the_worst_first(tmp_path: Path) -> None:
    lived(tmp_path)
    state, since = tmp_path / "state", NOW - timedelta(hours=3)
    for number in range(5):
        outbox.ill(state, f"job {number}", "warning", f"failed {number}", since)
    outbox.ill(state, "disk", "critical", "nearly full", NOW)
    outbox.ill(state, "job x", "warning", "was failed", NOW)
    outbox.well(state, "job x", "runs again", NOW)
    status = looks.collect(
        tmp_path, state, tmp_path / "mlruns", tmp_path / "params.yaml", NOW
    )
    text = status_text.as_text(status, 160)
    lines = text[text.index("ill now") :].splitlines()[:7]
    assert lines == [
        "ill now     critical since 2026-11-23 11:00: nearly full",
        *(f"            warning since 2026-11-23 08:00: failed {n}" for n in range(4)),
        "            1 more: `python runner.py alerts`",
        "in Staging  nothing waits",
    ]
    told = status_json.as_json(status)["ill"]
    assert [each["cause"] for each in told][:2] == ["disk", "job 0"]


def test_the_sample_shop_is_told(tmp_path: Path) -> None:
    refused = Refused(1, 0, {}, {}, NOW, {}, of_sample=True)
    status = replace(found(tmp_path), refused=refused)
    shown = status_text.as_text(status, 160)
    assert "\ndata        the sample shop runs; `python runner.py init" in shown
    assert status_json.as_json(status)["sample"] is True


def test_a_slot_that_waits_is_told(tmp_path: Path) -> None:
    status = replace(found(tmp_path), due={"refresh": NOW - timedelta(minutes=5)})
    assert "its slot of 10:55 waits; done in 4.0 s" in status_text.as_text(status, 160)
