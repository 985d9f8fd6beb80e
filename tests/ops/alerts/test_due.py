"""What is due, to whom, and how often; the digest of a day."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops.alerts import outbox, send
from ops.alerts.send import after
from ops.lock import hold
from recsys.program.errors import InstanceError
from tests.ops.alerts.test_send import (
    HOUR,
    MINUTE,
    NOW,
    PARAMS,
    Post,
    ill,
    statuses,
    to,
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


def test_what_was_said_by_a_clock_that_was_set_back_leaves_at_once(
    tmp_path: Path,
) -> None:
    """Seven hours ahead until its time was right: a machine that keeps local time, say."""
    sender = to(tmp_path, "json://a", digest="07:00")
    outbox.ill(tmp_path, "disk", "critical", "full", NOW + 7 * HOUR)
    refused = replace(sender, deliver=Post(refuse=[1]))
    assert refused.send(NOW + 7 * HOUR).failed
    assert outbox.waiting(tmp_path, NOW)
    assert refused.send(NOW).failed
    assert not outbox.waiting(tmp_path, NOW)  # its back-off is as any other's
    post = Post()
    assert replace(sender, deliver=post).send(NOW + 2 * MINUTE).sent == 1
    assert len(post.carried) == 1


def test_a_digest_that_was_planned_by_another_clock_is_planned_anew(
    tmp_path: Path,
) -> None:
    sender = replace(to(tmp_path, "json://a", digest="07:00"), deliver=Post())
    outbox.ill(tmp_path, "disk", "critical", "full", NOW)
    sender.send(NOW + 3650 * 24 * HOUR)
    assert outbox.waiting(tmp_path, NOW)
    sender.send(NOW)
    assert not outbox.waiting(tmp_path, NOW)
    planned = datetime.fromisoformat(str(outbox.remembered(tmp_path, outbox.DIGEST_AT)))
    assert NOW < planned <= NOW + 24 * HOUR
    outbox.news(tmp_path, "gate", "info", "PROMOTE", NOW)
    later = replace(sender, deliver=(post := Post()))
    later.send(NOW + 24 * HOUR)
    assert "full" in post.carried[-1][1]


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
