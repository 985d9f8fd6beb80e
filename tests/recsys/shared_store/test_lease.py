"""One holds the lock of a shared registry at a time, however its holders end."""

import threading
import time
from pathlib import Path

import pytest

from bench.shared.mlflow_server import Running
from recsys.program.errors import InstanceError, StoreError
from recsys.shared_store import lease
from recsys.shared_store.lease import Lease, Times

PATIENT = Times(poll=0.1)
QUICK = Times(lease=4, deadline=2.5, beat=0.3, poll=0.1)
NO_PLACE = ""


def numbers(server: str) -> list[tuple[int, str]]:
    return [(one.number, one.tags["state"]) for one in lease._entries(server)]


def killed(server: str, place: str = NO_PLACE) -> Lease:
    """A lock whose holder does nothing any more."""
    return lease._taken(server, "a dead one", place, 30, QUICK)


def test_many_that_try_at_once_hold_it_one_after_the_other(
    shared_store: Running,
) -> None:
    inside, most, done = [0], [0], [0]

    def work() -> None:
        for _ in range(3):
            with lease.held(shared_store.url, "x", NO_PLACE, 120, PATIENT) as own:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.02)
                own.check()
                inside[0] -= 1
                done[0] += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, done) == ([1], [12])
    assert [state for _, state in numbers(shared_store.url)] == ["free"]


def test_who_waits_too_long_is_told_who_holds_it(shared_store: Running) -> None:
    url = shared_store.url
    with lease.held(url, "process 7 on a", NO_PLACE, 30, QUICK) as own:
        assert lease.CURRENT.get() is own
        assert lease.holder(url) == "process 7 on a"
        # a holder that beats is not gone, however long it takes
        with pytest.raises(InstanceError, match=r"locked for 5 s by process 7 on a \("):
            lease._taken(url, "another", NO_PLACE, 5, QUICK)
        own.check()
    assert lease.CURRENT.get() is None
    assert lease.holder(url) == ""


def test_a_killed_holder_is_waited_for_as_long_as_is_stated(
    shared_store: Running,
) -> None:
    left = killed(shared_store.url)
    started = time.monotonic()
    with lease.held(shared_store.url, "next", NO_PLACE, 30, QUICK) as own:
        waited = time.monotonic() - started
        assert own.number == left.number + 1
        assert QUICK.lease <= waited < QUICK.lease + 5
    with pytest.raises(StoreError, match=r"the lock of the registry was lost"):
        left.check()


def test_a_waiter_that_was_frozen_takes_nothing_from_one_who_lives(
    shared_store: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ask, hours, asked = shared_store.url, lease._highest, [0.0], [0]
    own = killed(url)

    def frozen_after_the_second(server: str) -> lease.Entry | None:
        found = ask(server)
        asked[0] += 1
        if asked[0] == 2:
            own.beat()
            hours[0] += 10 * QUICK.lease
        return found

    monkeypatch.setattr(lease, "_highest", frozen_after_the_second)
    monkeypatch.setattr(lease, "now", lambda: hours[0])
    with pytest.raises(InstanceError, match="locked for 1 s by a dead one"):
        lease._taken(url, "another", NO_PLACE, 1, QUICK)
    own.check()


def test_one_killed_here_is_not_waited_for(
    shared_store: Running, tmp_path: Path
) -> None:
    mine = tmp_path / ".registry.lock"
    mine.touch()
    place = lease.place_of(mine)
    assert place.endswith(f":{mine.stat().st_ino}")
    killed(shared_store.url, place)
    started = time.monotonic()
    with lease.held(shared_store.url, "next", place, 30, Times()):
        assert time.monotonic() - started < 10 < Times().lease


def test_a_holder_that_was_frozen_stops_and_does_not_come_back(
    shared_store: Running,
) -> None:
    hours = [0.0]
    own = Lease(
        shared_store.url, killed(shared_store.url).number, clock=lambda: hours[0]
    )
    own.check()
    hours[0] = Times().deadline
    own.check()
    hours[0] += 1
    own.beat()  # it wakes up, and its beat comes too late
    hours[0] -= 1
    with pytest.raises(StoreError, match="nothing more was changed"):
        own.check()


def test_a_number_that_is_made_late_is_not_the_lock(shared_store: Running) -> None:
    """Somebody has seen number n as the highest, and is slow: n + 1 was made and removed by now."""
    url = shared_store.url
    with lease.held(url, "first", NO_PLACE, 30, QUICK) as first:
        slow = first.number + 1
    for _ in range(2):
        with lease.held(url, "others", NO_PLACE, 30, QUICK):
            pass
    assert lease._made(url, slow, "late", "late", NO_PLACE, QUICK) is None
    assert numbers(url) == [(slow + 1, "free")]


def test_an_answer_that_was_lost_is_looked_for(
    shared_store: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = lease.rest.ask

    def loses_an_answer(server: str, path: str, *rest: object) -> object:
        found = ask(server, path, *rest)  # type: ignore[arg-type]
        if path == "registered-models/create":
            raise StoreError("not reached: timed out")
        return found

    monkeypatch.setattr(lease.rest, "ask", loses_an_answer)
    with lease.held(shared_store.url, "me", NO_PLACE, 30, QUICK) as own:
        own.check()


def test_beats_go_on_while_the_lock_is_held(shared_store: Running) -> None:
    with lease.held(shared_store.url, "me", NO_PLACE, 30, QUICK) as own:
        time.sleep(QUICK.deadline + 0.5)
        own.check()
        assert own.count >= 2


def test_a_lock_that_was_removed_is_lost(shared_store: Running) -> None:
    with lease.held(shared_store.url, "me", NO_PLACE, 30, QUICK) as own:
        lease._remove(shared_store.url, own.number)
        own.beat()
        with pytest.raises(StoreError, match="was lost"):
            own.check()


def test_no_server_is_one_message() -> None:
    with (
        pytest.raises(StoreError, match="not reached"),
        lease.held("http://127.0.0.1:1", "me", NO_PLACE, 1),
    ):
        pass
