"""An answer leaves in one piece, and nothing that is written is kept back."""

import asyncio
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys.serving import pointer
from recsys.serving.one_write import Joined
from tests.recsys.serving import worlds
from tests.running_service import Running, running

HEAD, BODY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", b"{}"


class Pieces(asyncio.Transport):
    """A transport that keeps what is written, piece by piece."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def resume_reading(self) -> None:
        pass


async def written(*pieces: bytes) -> list[bytes]:
    """What is on its way when these were written and the loop has gone round."""
    real = Pieces()
    joined = Joined(real)
    for piece in pieces:
        joined.write(piece)
    await asyncio.sleep(0)
    return real.pieces


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        ([HEAD, BODY], [HEAD + BODY]),
        ([HEAD, BODY, HEAD, BODY], [HEAD + BODY, HEAD + BODY]),
        ([HEAD], [HEAD]),  # an answer to HEAD, or a 204
        ([HEAD, b"1\r\na\r\n", b"0\r\n\r\n"], [HEAD + b"1\r\na\r\n", b"0\r\n\r\n"]),
        ([HEAD + BODY], [HEAD + BODY]),
    ],
)
def test_a_head_waits_for_what_follows(
    pieces: list[bytes], wanted: list[bytes]
) -> None:
    assert asyncio.run(written(*pieces)) == wanted


def test_a_close_lets_go_what_is_held() -> None:
    async def closed() -> list[bytes]:
        real = Pieces()
        joined = Joined(real)
        joined.write(HEAD)
        joined.close()
        assert real.closed
        return real.pieces

    assert asyncio.run(closed()) == [HEAD]


def test_nothing_is_written_to_one_who_has_gone() -> None:
    async def gone() -> list[bytes]:
        real = Pieces()
        joined = Joined(real)
        joined.write(HEAD)
        real.closed = True
        await asyncio.sleep(0)
        assert joined.get_extra_info("peername") == ("127.0.0.1", 1)
        return real.pieces

    assert asyncio.run(gone()) == []


# ---- the service ----
@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("shop")
    pointer.switch(folder / "releases", worlds.publish(folder))
    with running(folder) as started:
        yield started


def connected(service: Running) -> socket.socket:
    host, _, port = service.url.removeprefix("http://").partition(":")
    found = socket.create_connection((host, int(port)), timeout=20)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def packets(there: socket.socket) -> int:
    """Packets with data that have come; `tcpi_data_segs_in` of Linux' struct tcp_info."""
    known = there.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return int(struct.unpack_from("=I", known, 152)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says it")
def test_the_service_answers_in_one_packet(service: Running) -> None:
    with connected(service) as there:
        for answered in range(1, 21):
            there.sendall(b"GET /recommend/u0?k=3 HTTP/1.1\r\nHost: x\r\n\r\n")
            head, _, body = there.recv(1 << 16).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert len(body) == int(
                head.lower().split(b"content-length:")[1].split()[0]
            )
            assert packets(there) == answered


def test_who_waits_for_a_go_ahead_gets_it(service: Running) -> None:
    body = b'{"lists": [{}], "k": 1}'
    head = f"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    with connected(service) as there:
        there.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        assert there.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        there.sendall(body)
        assert b"request_id" in there.recv(1 << 16)


def test_an_answer_without_a_body_is_not_kept_back(service: Running) -> None:
    with connected(service) as there:
        there.sendall(b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
        head, _, body = there.recv(1 << 16).partition(b"\r\n\r\n")
        assert (head.startswith(b"HTTP/1.1 200 "), body) == (True, b"")
