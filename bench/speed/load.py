"""A load generator: so many requests a second over connections that are kept open.

Requests start by the clock, whether earlier ones were answered or not, and a request's time counts
from the moment at which it should have started: a server that stalls is charged for all who wait.

What the generator itself adds is kept small and is said. It waits by select(), in microseconds: by
epoll asyncio rounds each wait up to a whole millisecond, which the server would be charged for.
`Load.late` is how late the generator was at hand for a request, whatever the server did.
"""

import asyncio
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CONNECTIONS = 16
OK = b"HTTP/1.1 200"


@dataclass(frozen=True)
class Load:
    """What came of it."""

    seconds: np.ndarray  # of each request, sorted
    late: np.ndarray  # from when each was due until the generator was at hand, sorted
    failed: int

    def at(self, share: float) -> float:
        """Milliseconds within which this share of the requests was answered."""
        return _at(self.seconds, share)

    def late_at(self, share: float) -> float:
        """Milliseconds within which the generator was at hand for this share of them."""
        return _at(self.late, share)


def _at(times: np.ndarray, share: float) -> float:
    return float(times[min(len(times) - 1, int(share * len(times)))]) * 1000


def run(port: int, path_of: Callable[[int], str], count: int, rate: float) -> Load:
    """`count` GET requests, `rate` a second; `path_of` a request's number is its path."""
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        return runner.run(_run(port, path_of, count, rate))


def exact_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are right to a tenth of a millisecond."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


async def _run(
    port: int, path_of: Callable[[int], str], count: int, rate: float
) -> Load:
    queue: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()
    took: list[float] = []
    late: list[float] = []
    failures: list[int] = []
    workers = [
        asyncio.create_task(_connection(port, path_of, queue, took, failures))
        for _ in range(CONNECTIONS)
    ]
    begin = time.perf_counter()
    for number in range(count):
        due = begin + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        late.append(time.perf_counter() - due)
        queue.put_nowait((number, due))
    for _ in workers:
        queue.put_nowait(None)
    await asyncio.gather(*workers)
    return Load(np.sort(took), np.sort(late), len(failures))


async def _connection(
    port: int,
    path_of: Callable[[int], str],
    queue: "asyncio.Queue[tuple[int, float] | None]",
    took: list[float],
    failures: list[int],
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (due := await queue.get()) is not None:
        number, begin = due
        request = f"GET {path_of(number)} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try:
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            good = head.startswith(OK)
        except (OSError, asyncio.IncompleteReadError):
            good = False
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        took.append(time.perf_counter() - begin)
        if not good:
            failures.append(number)
    writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise ValueError(f"an answer without a length: {head!r}")
