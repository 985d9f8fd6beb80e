"""Alerts reach real servers: each once, its recovery once, whatever the others do."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.alerts import delivered, outbox, receivers
from ops.alerts.deliver import Letter, Taken
from ops.alerts.receivers import Receiver
from ops.alerts.send import Sender
from ops.alerts.settings import Params, Settings
from tests.ops.alerts.servers import free_port, http_server, mail_server

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PARAMS = Params(
    min_level="info",
    digest="off",
    timeout_s=10.0,
    first_wait_s=60.0,
    longest_wait_s=600.0,
    give_up_hours=24.0,
    keep_days=30,
)


def to(state: Path, *urls: str, **changed: object) -> Sender:
    """A sender to these URLs."""
    settings = Settings(
        alerts=PARAMS.model_copy(update=changed), zone="Asia/Ho_Chi_Minh"
    )
    return Sender(
        state,
        settings,
        [Receiver(number, url) for number, url in enumerate(urls, 1)],
        place="shop",
    )


class Post:
    """A postman who writes down what he carries, and fails for the receivers of `refuse`."""

    def __init__(self, refuse: Sequence[int] = ()) -> None:
        self.refuse = refuse
        self.carried: list[tuple[int, str]] = []

    def __call__(
        self, letters: Sequence[Letter], _timeout_s: float, taken: Taken
    ) -> list[str]:
        reasons = []
        for receiver, message in letters:
            bad = receiver.number in self.refuse
            if not bad:
                self.carried.append((receiver.number, message.body))
                taken(receiver)
            reasons.append("HTTP 500" if bad else "")
        return reasons


def ill(state: Path, now: datetime = NOW, cause: str = "disk") -> None:
    outbox.ill(state, cause, "critical", f"{cause}: 1 GB is free", now)


def statuses(state: Path) -> list[str]:
    return [notice.status for notice in outbox.notices(state)]


# ---- real servers ----
def test_mail_and_webhook_get_each_alert_once_and_its_recovery_once(
    tmp_path: Path,
) -> None:
    with mail_server() as mail, http_server() as hook:
        sender = to(tmp_path, mail.url, hook.url)
        for minutes in range(3):
            ill(tmp_path, NOW + minutes * MINUTE)
            sender.send(NOW + minutes * MINUTE)
        for minutes in range(3, 6):
            outbox.well(tmp_path, "disk", "disk: 40 GB", NOW + minutes * MINUTE)
            sender.send(NOW + minutes * MINUTE)
        for box in (mail, hook):
            assert box.lines() == [
                "CRITICAL disk: disk: 1 GB is free",
                "RECOVERED disk: disk: 40 GB",
            ]
            assert len(box.got) == 2
            assert box.got[0].startswith("[shop] CRITICAL: disk")
    assert statuses(tmp_path) == ["sent", "sent"]


def test_a_server_that_comes_back_gets_what_it_has_missed_once(tmp_path: Path) -> None:
    port = free_port()
    with http_server() as steady:
        sender = to(tmp_path, f"json://127.0.0.1:{port}/", steady.url)
        ill(tmp_path)
        assert list(sender.send(NOW).failed) == [
            "receiver 1 (json, of SHOP_ALERT_URLS)"
        ]
        assert not outbox.waiting(tmp_path, NOW + MINUTE / 2)
        outbox.well(tmp_path, "disk", "disk: 40 GB", NOW + HOUR)
        with http_server(port=port) as back:
            assert outbox.waiting(tmp_path, NOW + HOUR)
            assert sender.send(NOW + HOUR).sent == 2
            assert sender.send(NOW + 2 * HOUR).sent == 0
            expected = [
                "CRITICAL disk: disk: 1 GB is free",
                "RECOVERED disk: disk: 40 GB",
            ]
            assert back.lines() == expected
            assert steady.lines() == expected


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with http_server() as elsewhere:
        target = elsewhere.url.replace("json://ann:canary-password@", "http://")
        with http_server("redirect", elsewhere=target) as hook:
            ill(tmp_path)
            assert list(to(tmp_path, hook.url).send(NOW).failed.values()) == [
                "Failed to send JSON POST notification: error=302."
            ]
        assert elsewhere.asked == []


def test_the_program_delivers_by_the_variable_and_says_so(tmp_path: Path) -> None:
    with http_server() as hook:
        now = datetime.now(UTC)
        ill(tmp_path / "state", now)
        done = _run(tmp_path, hook.url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "1 delivered\n", "")
        assert len(hook.got) == 1
        assert _run(tmp_path, hook.url).stdout == "no alert waits\n"
        assert len(hook.got) == 1


def test_the_program_says_what_has_not_left_and_shows_no_secret(tmp_path: Path) -> None:
    with http_server("echo") as hook:
        ill(tmp_path / "state", datetime.now(UTC))
        done = _run(tmp_path, hook.url)
    assert done.returncode == 7
    assert "receiver 1 (json, of SHOP_ALERT_URLS): Failed" in done.stderr
    kept = b"".join(
        path.read_bytes() for path in (tmp_path / "state").iterdir() if path.is_file()
    )
    assert "canary" not in done.stdout + done.stderr
    assert b"canary" not in kept


def test_a_sender_that_is_killed_loses_nothing_and_tells_nobody_twice(
    tmp_path: Path,
) -> None:
    port = free_port()
    ill(tmp_path / "state", datetime.now(UTC))
    with http_server() as steady:
        with http_server("hang", port) as stuck:
            urls = f"{stuck.url} {steady.url}"
            sender = subprocess.Popen(_command(tmp_path), cwd=ROOT, env=_env(urls))
            end = time.monotonic() + 60
            while not (stuck.asked and _noted(tmp_path)) and time.monotonic() < end:
                time.sleep(0.05)
            sender.kill()
            sender.wait()
        with http_server(port=port) as back:
            assert _run(tmp_path, urls).stdout == "1 delivered\n"
            assert len(back.got) == 1
        assert len(steady.got) == 1


def _noted(root: Path) -> bool:
    return bool(delivered.pairs(root / "state"))


def _command(root: Path) -> list[str]:
    state, params = str(root / "state"), str(ROOT / "params.yaml")
    program = [sys.executable, "-m", "ops.alerts.send"]
    return [*program, "--state", state, "--params", params]


def _env(urls: str) -> dict[str, str]:
    return {"PATH": os.defpath, receivers.VARIABLE: urls}


def _run(root: Path, urls: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        _command(root),
        cwd=ROOT,
        env=_env(urls),
        capture_output=True,
        text=True,
        timeout=120,
    )
