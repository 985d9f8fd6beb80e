"""The lock of a shared registry, by what its database enforces: a name is given once.

reads and writes   an MLflow server: registered models `recommender.lock.NUMBER`

MLflow offers no lock. But it makes a registered model of a name only once, whoever asks (a primary
key of its database). So the lock is a number that only grows: its holder is whoever has made the
model of the highest number. Who wants it makes the next number, if the highest is free, or if its
holder is gone; of all that try one succeeds. The highest is never removed, older ones are, so that
a number that is made late is seen to be late: it is not the highest.

A holder beats: it changes a tag of its number every BEAT_S. It is gone if nobody has seen it change
for LEASE_S, by the clock of the one who waits: the clocks of two machines are never compared. A
holder that was not able to beat for DEADLINE_S holds the lock no longer and never again
(`check`), even if nobody has taken it. One that has died on the same machine, in the same folder,
is known to be dead: its lock file is free.

What it does not do: MLflow takes no number along with a change, so a change that was on its way
for longer than LEASE_S - DEADLINE_S (in a proxy, say) is not refused by the server.
"""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from recsys.program.errors import InstanceError, StoreError
from recsys.shared_store import rest

PREFIX = "recommender.lock."
ABOUT = "A lock, not a model: docs/shared-stores.md. It is made and removed by the promotions."
BOOT = Path("/proc/sys/kernel/random/boot_id")
Clock = Callable[[], float]


@dataclass(frozen=True)
class Times:
    """Seconds."""

    lease: float = 60.0  # without a beat: then a holder is gone
    deadline: float = 30.0  # without a beat that arrived: then a holder stops by itself
    beat: float = 5.0
    poll: float = 0.5  # of one who waits


TIMES = Times()


def now() -> float:
    """Seconds that pass while this machine sleeps, too, where the system counts them."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


@dataclass(frozen=True)
class Entry:
    """A number that was made."""

    number: int
    tags: dict[str, str]

    @property
    def is_free(self) -> bool:
        return self.tags.get("state") == "free"


@dataclass
class Lease:
    """The lock, held. A holder asks `check` before each change."""

    server: str
    number: int
    times: Times = TIMES
    clock: Clock = now
    beaten: float = 0.0  # when the last beat that arrived was sent
    is_lost: bool = False
    count: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """StoreError if the lock may have passed to another."""
        if self.is_lost or self.clock() - self.beaten > self.times.deadline:
            self.is_lost = True
            raise StoreError(
                f"{self.server}: the lock of the registry was lost: this process or the server was "
                f"silent for {self.times.deadline:g} s, and another may hold it; nothing more was "
                f"changed; run the same again, it goes on where this has ended"
            )

    def beat(self) -> None:
        """Say that the holder lives; what does not arrive is sent again by the next one."""
        sent = self.clock()
        if sent - self.beaten > self.times.deadline:
            self.is_lost = True
        if self.is_lost:
            return
        try:
            _tag(self.server, self.number, "beat", str(self.count + 1))
        except rest.RefusedError as error:
            self.is_lost = self.is_lost or error.code == rest.NONE_THERE
        except StoreError:
            return
        else:
            self.count, self.beaten = self.count + 1, sent

    def keep_beating(self) -> None:
        """Until it is `done`."""
        while not self.done.wait(self.times.beat):
            self.beat()


CURRENT: ContextVar[Lease | None] = ContextVar("lease", default=None)


@contextmanager
def held(
    server: str, who: str, place: str, wait_s: float, times: Times = TIMES
) -> Iterator[Lease]:
    """Hold the lock of the registry at `server` for the length of the block.

    `who` is shown to those who wait; `place` is the lock file that this process holds (place_of).
    InstanceError if another holds it for longer than `wait_s`, StoreError if the server is not
    reached.
    """
    lease = _taken(server, who, place, wait_s, times)
    beating = threading.Thread(target=lease.keep_beating, daemon=True)
    beating.start()
    before = CURRENT.set(lease)
    try:
        yield lease
    finally:
        CURRENT.reset(before)
        lease.done.set()
        beating.join()
        if not lease.is_lost:
            with suppress(StoreError):  # the lease runs out by itself then
                _tag(server, lease.number, "state", "free")


def place_of(path: Path) -> str:
    """Names a lock file among all that this system has open since it was started; "" where that is
    not to be known. Two that have the same name are one file: its lock tells who lives.
    """
    try:
        boot, found = BOOT.read_text(encoding="ascii").strip(), path.stat()
    except OSError:
        return ""
    return f"{boot}:{found.st_dev}:{found.st_ino}"


def holder(server: str) -> str:
    """Who holds the lock, for people; "" if nobody does. StoreError if no server is reached."""
    top = _highest(server)
    return "" if top is None or top.is_free else top.tags.get("who", "somebody")


def _taken(server: str, who: str, place: str, wait_s: float, times: Times) -> Lease:
    owner, end = os.urandom(16).hex(), now() + wait_s
    seen: tuple[int, str] | None = None
    since = now()
    while True:
        # before the answer: of what comes while this process is frozen after it nothing is known
        asked = now()
        top = _highest(server)
        state = (top.number, top.tags.get("beat", "")) if top else (0, "")
        if state != seen:
            seen, since = state, now()
        is_gone = asked - since >= times.lease
        if top is None or top.is_free or _is_dead(top, place) or is_gone:
            lease = _made(server, state[0] + 1, owner, who, place, times)
            if lease is not None:
                return lease
        elif now() >= end:
            held_by = top.tags.get("who", "another program")
            raise InstanceError(
                f"{server}: the registry was locked for {wait_s:.0f} s by {held_by} (a promotion, "
                f"rollback, registration or cleanup); wait for it to end, then run again"
            )
        time.sleep(times.poll * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not keep step


def _is_dead(top: Entry, place: str) -> bool:
    """Whether its holder had the lock file that this process holds now."""
    return place != "" and top.tags.get("place") == place


def _made(
    server: str, number: int, owner: str, who: str, place: str, times: Times
) -> Lease | None:
    """The lock of this number; None if another has made it, or has gone on meanwhile."""
    sent = now()
    tags = {"owner": owner, "who": who, "place": place, "beat": "0", "state": "held"}
    if not _is_made(server, number, owner, tags):
        return None
    entries = _entries(server)
    if max((entry.number for entry in entries), default=0) != number:
        _remove(server, number)
        return None
    for entry in entries:
        if entry.number < number:
            _remove(server, entry.number)
    return Lease(server, number, times, beaten=sent)


def _is_made(server: str, number: int, owner: str, tags: dict[str, str]) -> bool:
    """Whether this call has made it; an answer that was lost is looked for."""
    listed = [{"key": key, "value": value} for key, value in tags.items() if value]
    body = {"name": _name(number), "description": ABOUT, "tags": listed}
    try:
        rest.ask(server, "registered-models/create", body)
    except rest.RefusedError as error:
        if error.code != rest.EXISTS:
            raise
        return False
    except StoreError:
        made = [each for each in _entries(server) if each.number == number]
        if not any(each.tags.get("owner") == owner for each in made):
            raise
    return True


def _highest(server: str) -> Entry | None:
    return max(_entries(server), key=lambda entry: entry.number, default=None)


def _entries(server: str) -> list[Entry]:
    query = {"filter": f"name LIKE '{PREFIX}%'"}
    found = rest.listed(server, "registered-models/search", "registered_models", query)
    return [
        Entry(int(digits), rest.tags_of(one))
        for one in found
        if (digits := one["name"].removeprefix(PREFIX)).isdigit()
    ]


def _name(number: int) -> str:
    return f"{PREFIX}{number:08d}"


def _tag(server: str, number: int, key: str, value: str) -> None:
    body = {"name": _name(number), "key": key, "value": value}
    rest.ask(server, "registered-models/set-tag", body)


def _remove(server: str, number: int) -> None:
    """Remove a number that is not the highest, if it is there; one that stays does no harm."""
    with suppress(StoreError):
        rest.ask(server, "registered-models/delete", {"name": _name(number)}, "DELETE")
