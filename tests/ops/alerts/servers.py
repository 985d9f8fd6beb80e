"""Real receivers on this machine: a mail server and HTTP servers, kind and hostile."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Box:
    """What a receiver has got: the text of each message; and where it listens."""

    url: str = ""
    got: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # methods and paths

    def lines(self) -> list[str]:
        """All lines of all messages that tell of a cause, without their times."""
        return [
            line.split(" ", 2)[2]
            for text in self.got
            for line in text.splitlines()
            if line.startswith("2026-")
        ]


class _Mail:
    def __init__(self, box: Box) -> None:
        self.box = box

    async def handle_DATA(self, *seen: Any) -> str:  # noqa: N802 - aiosmtpd's name
        *_, envelope = seen
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        self.box.got.append(f"{mail['subject']}\n{body.get_content()}")
        return "250 OK"


@contextmanager
def mail_server(port: int = 0) -> Iterator[Box]:
    box = Box()
    controller = Controller(_Mail(box), hostname="127.0.0.1", port=port or free_port())
    controller.start()
    box.url = (
        f"mailto://127.0.0.1:{controller.port}"
        "?from=shop@example.com&to=ops@example.com&format=text"
    )
    try:
        yield box
    finally:
        controller.stop()


def free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return server.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        self.content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.box.asked.append(f"{self.command} {self.path}")
        getattr(self, self.server.manner)()

    do_GET = do_POST  # noqa: N815 - the library's name

    def ok(self) -> None:
        said = json.loads(self.content)
        self.server.box.got.append(f"{said['title']}\n{said['message']}")
        self._answer(200)

    def refuse(self) -> None:
        self._answer(500)

    def echo(self) -> None:
        self.send_response(500, f"{self.path} {self.headers.get('Authorization')}")
        self.end_headers()
        self.wfile.write(self.content + str(self.headers).encode())

    def hang(self) -> None:
        self.server.over.wait(60)

    def drip(self) -> None:
        while not self.server.over.wait(0.1):
            self.wfile.write(b"H")

    def redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.server.elsewhere)
        self.end_headers()

    def close(self) -> None:
        self.connection.close()

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, manner: str, port: int, elsewhere: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.manner, self.elsewhere = manner, elsewhere
        self.box, self.over = Box(), threading.Event()
        login = "ann:canary-password"
        self.box.url = f"json://{login}@127.0.0.1:{self.server_port}/canary-path"

    def handle_error(self, *args: Any) -> None:
        """A client that leaves is no error."""


@contextmanager
def http_server(
    manner: str = "ok", port: int = 0, elsewhere: str = ""
) -> Iterator[Box]:
    """A receiver of webhooks. `manner`: ok, refuse (500), hang, drip (a byte a moment, for ever),
    redirect (to `elsewhere`), close, echo (500 with all it was sent).
    """
    server = _Server(manner, port, elsewhere)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.box
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
