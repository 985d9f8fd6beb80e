"""The small web server of a look: on this machine only, for one who sits there.

What is asked for comes as the body of a POST, never in an address: so no id stands in a log or in
the history of a browser. A request that names another host, or comes from another page, is refused:
a page that somebody opens elsewhere in the same browser cannot look through it.
"""

import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from ops.look import page
from ops.look.answers import LONGEST, Answer, Asked, Desk
from recsys.program.errors import ConfigError, DataError, UserError

HOST = "127.0.0.1"
LARGEST = 1 << 16  # bytes of a body
FIELDS = ("find", "user", "product")
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Server(ThreadingHTTPServer):
    """It answers from a desk."""

    daemon_threads = True

    def __init__(self, port: int, desk: Desk, about: str) -> None:
        super().__init__((HOST, port), Handler)
        self.desk, self.about = desk, about

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    @property
    def hosts(self) -> tuple[str, ...]:
        """How it may be called."""
        return f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a connection may be silent
    wbufsize = 1 << 18  # head and body leave together: else the second waits 40 ms

    def log_message(self, *_: object) -> None:
        """Nothing is written down."""

    def do_GET(self) -> None:
        """The page on which nothing was asked for yet."""
        if self.path != "/":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self._is_ours():
            self._answer(Asked())

    def do_POST(self) -> None:
        """What was asked for."""
        if not self._is_ours():
            return
        try:
            asked = read(self._body())
        except ConfigError as error:
            self.close_connection = True
            self._send(page.refused(str(error), self.server.about), 400, 0.0)
            return
        self._answer(asked)

    def _is_ours(self) -> bool:
        """Whether the request means this server and comes from its own page; refused if not."""
        hosts = self.server.hosts
        origin = self.headers.get("Origin")
        ours = [f"http://{host}" for host in hosts]
        if self.headers.get("Host") in hosts and origin in (None, *ours):
            return True
        self.close_connection = True
        self.send_error(HTTPStatus.FORBIDDEN)
        return False

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length") or ""
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST:
            raise ConfigError(f"a body of at most {LARGEST} bytes is needed")
        return self.rfile.read(int(length))

    def _answer(self, asked: Asked) -> None:
        began = time.perf_counter()
        try:
            found, status = self.server.desk.answer(asked), 200
            html = page.page(found, self.server.about)
        except DataError as error:
            html, status = page.page(Answer(asked), self.server.about, str(error)), 404
        except UserError as error:
            html, status = page.refused(str(error), self.server.about), 500
        self._send(html, status, time.perf_counter() - began)

    def _send(self, html: str, status: int, took_s: float) -> None:
        body = html.encode()
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Server-Timing", f"answer;dur={took_s * 1000:.1f}")
        self.end_headers()
        self.wfile.write(body)


def read(body: bytes) -> Asked:
    """What a form asks for. ConfigError if it is none of ours."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=4
        )
    except ValueError:
        raise ConfigError("not a form of this page") from None
    found = dict(pairs)
    if len(found) != len(pairs) or not set(found) <= set(FIELDS):
        raise ConfigError("not a form of this page")
    if any(len(value) > LONGEST for value in found.values()):
        raise ConfigError(f"more than {LONGEST} characters")
    return Asked(**found)
