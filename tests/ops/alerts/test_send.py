"""Alerts reach real servers: each once, its recovery once, whatever the others do."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.alerts import delivered, outbox, receivers, send
from ops.alerts.deliver import Letter, Taken
from ops.alerts.receivers import Receiver
from ops.alerts.send import Sender, after
from ops.alerts.settings import Params, Settings
from ops.lock import hold
from recsys.program.errors import InstanceError
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


# ---- what is due ----
def test_what_is_below_the_level_is_kept_and_its_recovery_too(tmp_path: Path) -> None:
    post = Post()
    outbox.ill(tmp_path, "data", "warning", "old", NOW)
    outbox.well(tmp_path, "data", "new", NOW)
    sender = replace(to(tmp_path, "json://a", min_level="critical"), deliver=post)
    assert sender.send(NOW).sent == 0
    assert post.carried == []
    assert [(one.status, one.reason) for one in outbox.notices(tmp_path)] == [
        ("kept", send.BELOW),
        ("kept", send.BELOW),
    ]


def test_the_recovery_of_what_was_told_is_told(tmp_path: Path) -> None:
    post = Post()
    sender = replace(to(tmp_path, "json://a", min_level="critical"), deliver=post)
    ill(tmp_path)
    outbox.well(tmp_path, "disk", "disk: 40 GB", NOW)
    assert sender.send(NOW).sent == 2


def test_without_a_receiver_all_is_written_down_and_nothing_waits(
    tmp_path: Path,
) -> None:
    ill(tmp_path)
    assert to(tmp_path).send(NOW).failed == {}
    assert statuses(tmp_path) == ["kept"]
    assert not outbox.waiting(tmp_path, NOW + 24 * HOUR)


def test_a_file_that_is_refused_keeps_the_alert_until_it_is_mended(
    tmp_path: Path,
) -> None:
    post = Post()
    ill(tmp_path)
    refused = replace(to(tmp_path), refused="alerts.urls: mode 644")
    assert refused.send(NOW).failed == {"receivers": "alerts.urls: mode 644"}
    assert [one.reason for one in outbox.notices(tmp_path)] == ["alerts.urls: mode 644"]
    replace(to(tmp_path, "json://a"), deliver=post).send(NOW + HOUR)
    assert len(post.carried) == 1


def test_only_who_has_not_got_it_is_told_again(tmp_path: Path) -> None:
    ill(tmp_path)
    sender = to(tmp_path, "json://a", "json://b")
    first = Post(refuse=[2])
    replace(sender, deliver=first).send(NOW)
    second = Post()
    replace(sender, deliver=second).send(NOW + MINUTE)
    assert [number for number, _ in first.carried] == [1]
    assert [number for number, _ in second.carried] == [2]
    assert statuses(tmp_path) == ["sent"]


def test_what_fails_waits_twice_as_long_each_time_and_is_given_up_at_last(
    tmp_path: Path,
) -> None:
    ill(tmp_path)
    sender = replace(to(tmp_path, "json://a"), deliver=Post(refuse=[1]))
    now, waits = NOW, []
    while outbox.notices(tmp_path)[0].status == "open":
        sender.send(now)
        notice = outbox.notices(tmp_path)[0]
        waits.append((datetime.fromisoformat(notice.next_at) - now) / MINUTE)
        now = max(datetime.fromisoformat(notice.next_at), now + MINUTE)
    assert waits[:6] == [1, 2, 4, 8, 10, 10]
    assert 24 * HOUR < now - NOW < 25 * HOUR
    assert outbox.notices(tmp_path)[0].reason == (
        "given up after 24 h: receiver 1 (json, of SHOP_ALERT_URLS): HTTP 500"
    )
    assert not outbox.waiting(tmp_path, now + 24 * HOUR)


def test_a_wait_has_a_limit(tmp_path: Path) -> None:
    ill(tmp_path)
    [notice] = outbox.notices(tmp_path)
    often = replace(notice, tries=10_000)
    status, tries, next_at, _, _ = after(often, "HTTP 500", PARAMS, NOW)
    assert (status, tries) == ("open", 10_001)
    assert datetime.fromisoformat(next_at) == NOW + timedelta(seconds=600)


def test_two_senders_do_not_tell_twice(tmp_path: Path) -> None:
    ill(tmp_path)
    with (
        hold(tmp_path / "alerts.lock", "a delivery", {"pid": 1}),
        pytest.raises(InstanceError),
    ):
        to(tmp_path, "json://a").send(NOW)


def test_what_is_old_is_forgotten_once_it_has_left(tmp_path: Path) -> None:
    sender = replace(to(tmp_path, "json://a"), deliver=Post())
    ill(tmp_path)
    sender.send(NOW)
    sender.send(NOW + 31 * 24 * HOUR)
    assert outbox.notices(tmp_path) == []
    assert [cause.cause for cause in outbox.causes(tmp_path)] == ["disk"]


# ---- the digest ----
def test_a_digest_comes_once_a_day_with_what_is_ill_and_what_was_said(
    tmp_path: Path,
) -> None:
    post = Post()
    sender = replace(
        to(tmp_path, "json://a", digest="08:00", min_level="critical"), deliver=post
    )
    outbox.ill(tmp_path, "data", "warning", "the data is old", NOW)  # 02:00 in the zone
    sender.send(NOW)
    assert post.carried == []
    assert not outbox.waiting(tmp_path, NOW + 5 * HOUR)
    due = NOW + 6 * HOUR
    assert outbox.waiting(tmp_path, due)
    assert sender.send(due).sent == 1
    [(_, body)] = post.carried
    assert "1 ill now\n  warning data since 2026-03-02 02:00: the data is old" in body
    assert "1 notices in the last" in body
    assert sender.send(due + HOUR).sent == 0
    assert not outbox.waiting(tmp_path, due + 23 * HOUR)
    assert outbox.waiting(tmp_path, due + 24 * HOUR)


def test_a_digest_that_is_no_longer_wanted_does_not_come(tmp_path: Path) -> None:
    post = Post()
    ill(tmp_path)
    replace(to(tmp_path, "json://a", digest="08:00"), deliver=post).send(NOW)
    off = replace(to(tmp_path, "json://a"), deliver=post)
    off.send(NOW + 12 * HOUR)
    assert len(post.carried) == 1
    assert not outbox.waiting(tmp_path, NOW + 48 * HOUR)
