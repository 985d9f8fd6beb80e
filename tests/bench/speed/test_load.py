"""The load generator: it counts what failed, and charges a stall to all who waited."""

import asyncio
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.speed import load


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(0.2)
        self.send_response(500 if self.path == "/bad" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_failed_is_counted(port: int) -> None:
    found = load.run(port, lambda number: "/bad" if number % 10 == 0 else "/", 50, 500)
    assert (len(found.seconds), found.failed) == (50, 5)
    assert found.at(0) <= found.at(0.5) <= found.at(1)


def test_the_time_of_a_request_counts_from_when_it_was_due(port: int) -> None:
    stalled = load.run(port, lambda _: "/slow", load.CONNECTIONS * 2, 1000)
    assert stalled.at(0.99) > 350  # the second half waited for the first


def test_a_wait_is_not_rounded_up_to_a_millisecond() -> None:
    """By epoll it is: of waits of .3 ms none would end before a whole one."""

    async def shortest() -> float:
        found = []
        for _ in range(50):
            begin = time.perf_counter()
            await asyncio.sleep(0.0003)
            found.append(time.perf_counter() - begin)
        return min(found)

    with asyncio.Runner(loop_factory=load.exact_loop) as runner:
        assert 0.0003 <= runner.run(shortest()) < 0.0008


def test_the_generator_says_how_late_it_was_and_not_the_servers_part(port: int) -> None:
    stalled = load.run(port, lambda _: "/slow", load.CONNECTIONS * 2, 1000)
    assert len(stalled.late) == load.CONNECTIONS * 2
    assert 0 <= stalled.late_at(0) <= stalled.late_at(0.5) < 150 < stalled.at(0)


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="without a length"):
        load._length(b"HTTP/1.1 200 OK\r\n\r\n")
