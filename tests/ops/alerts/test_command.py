import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from ops.alerts import outbox
from ops.alerts.receivers import FILE, VARIABLE
from tests.ops.alerts.servers import http_server

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)


def alerts(
    state: Path, *arguments: str, urls: str = ""
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ops.alerts.command", "--state", str(state)]
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, VARIABLE: urls},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_nothing_yet_is_said_and_nothing_is_made(tmp_path: Path) -> None:
    done = alerts(tmp_path / "state")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "Told: nobody; set SHOP_ALERT_URLS, or write URLs into state/alerts.urls (mode 600)",
        "",
        "Nothing is ill.",
        "",
        "Nothing was alerted yet.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_what_is_ill_and_what_was_said(tmp_path: Path) -> None:
    outbox.ill(tmp_path, "disk", "critical", "disk: 1 GB is free", NOW)
    with outbox.writing(tmp_path) as connection:
        connection.execute("UPDATE notices SET tries = 2, reason = 'HTTP 500'")
    lines = alerts(tmp_path, urls="json://ann:canary@host").stdout.splitlines()
    assert lines == [
        "Told: receiver 1 (json, of SHOP_ALERT_URLS)",
        "",
        "Ill now:",
        "  critical  disk  since 2026-03-02 02:00  disk: 1 GB is free",
        "",
        "Said, the newest last:",
        "  2026-03-02 02:00  waits  alert critical disk: disk: 1 GB is free",
        "                    -> HTTP 500; tried 2 times, again at 2026-03-02 02:00",
    ]


def test_the_same_for_programs(tmp_path: Path) -> None:
    outbox.ill(tmp_path, "disk", "critical", "disk: 1 GB is free", NOW)
    found = json.loads(alerts(tmp_path, "--json").stdout)
    assert [cause["cause"] for cause in found["ill"]] == ["disk"]
    assert [notice["status"] for notice in found["notices"]] == ["open"]
    assert found["receivers"] == []


def test_a_test_arrives(tmp_path: Path) -> None:
    with http_server() as hook:
        done = alerts(tmp_path, "--test", urls=hook.url)
        assert done.stdout == "Delivered to receiver 1 (json, of SHOP_ALERT_URLS).\n"
        assert hook.lines() == ["TEST test: A test: alerts of this shop arrive here."]


def test_a_test_that_does_not_arrive_is_exit_7_and_says_why(tmp_path: Path) -> None:
    with http_server("refuse") as hook:
        done = alerts(tmp_path, "--test", urls=hook.url)
    assert done.returncode == 7
    assert "error=500" in done.stderr
    assert "canary" not in done.stderr


def test_a_test_without_a_receiver_is_exit_2(tmp_path: Path) -> None:
    done = alerts(tmp_path, "--test")
    assert (done.returncode, done.stdout) == (2, "")
    assert VARIABLE in done.stderr


def test_a_file_that_others_can_read_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("json://canary")
    (tmp_path / FILE).chmod(0o644)
    assert "chmod 600" in alerts(tmp_path).stdout
    done = alerts(tmp_path, "--test")
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    assert "canary" not in done.stderr
