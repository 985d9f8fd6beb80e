"""The page of the demo: what is up, where it is, and what to try; it needs no network.

/                   the page, with the status as it is now
/evaluation.html    reports/evaluation.html, and the page of the gate's verdict
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from threading import Thread
from urllib.parse import quote

REPORTS = ("evaluation.html", "gate.html")
PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Shown:
    """What the page leads to: addresses of the service and of MLflow's UI, and what may be asked
    for.
    """

    service: str
    ui: str
    user: str
    product: str


def links(shown: Shown, reports: Path) -> list[tuple[str, str, str]]:
    """Address, name, and what is there."""
    user, product = quote(shown.user, safe=""), quote(shown.product, safe="")
    found = [
        (
            f"{shown.service}/recommend/{user}?k=5",
            "A list",
            f"what user {shown.user} would be shown, and why: the parts of each score",
        ),
        (
            f"{shown.service}/similar/{product}?k=5",
            "Like a product",
            "what is most like one product",
        ),
        (f"{shown.service}/docs", "The service", "all its routes, to be tried by hand"),
        (
            shown.ui,
            "MLflow",
            "each model with params, metrics, files, and the registry with its card",
        ),
    ]
    pages = {
        "evaluation.html": (
            "The evaluation",
            "how good the models are, and for whom, with intervals",
        ),
        "gate.html": (
            "The gate",
            "the last verdict: may the new model replace the one in production?",
        ),
    }
    there = [name for name in REPORTS if (reports / name).is_file()]
    return [*found, *((f"/{name}", *pages[name]) for name in there)]


def html(shown: Shown, reports: Path, status: str) -> str:
    """The page."""
    rows = "\n".join(
        f'<tr><td><a href="{escape(address)}">{escape(name)}</a></td><td>{escape(what)}</td></tr>'
        for address, name, what in links(shown, reports)
    )
    commands = "\n".join(
        (
            f"python runner.py recommend {shown.user}      # the same list in the terminal",
            "python runner.py status              # what runs, what is live, what waits",
            "python runner.py plan                # when jobs run, and what they would do",
            "python runner.py init FILE ...       # your own files in the place of the sample",
        )
    )
    return PAGE.substitute(rows=rows, commands=escape(commands), status=escape(status))


def serve(
    host: str, port: int, shown: Shown, reports: Path, status: Callable[[], str]
) -> ThreadingHTTPServer:
    """A server of the page, in a thread of its own, until it is shut down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].removeprefix("/")
            if name in REPORTS and (reports / name).is_file():
                self._answer((reports / name).read_bytes())
            elif name in ("", "index.html"):
                self._answer(html(shown, reports, status()).encode())
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _answer(self, body: bytes) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Requests are not told on the terminal."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    return server
