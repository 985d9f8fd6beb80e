"""releases/ops.html: the page of the shop, for /ops of the service where it is switched on.

`python runner.py pages` writes it if `pages.in_service` of params.yaml is on, and takes it away if
not: the service reads releases/ and nothing else.
"""

from http import HTTPStatus
from pathlib import Path

from recsys.program.errors import DataError
from recsys.program.params import Section
from recsys.serving.array_files import opened
from recsys.serving.http import RefusedError, Reply

FILE = "ops.html"
LARGEST = 1 << 20  # bytes
HTML = b"text/html; charset=utf-8"
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
]
OFF = (
    "the page is off: set pages.in_service in params.yaml to true, "
    "and run `python runner.py pages`"
)


class Params(Section):
    """Section `pages` of params.yaml."""

    in_service: bool  # the page also at /ops of the service


def shop_page(releases: Path) -> Reply:
    """The page as it stands. RefusedError 404 where there is none, or a link in its place."""
    try:
        with opened(releases / FILE) as file:
            content = file.read(LARGEST)
    except DataError:
        raise RefusedError(HTTPStatus.NOT_FOUND, OFF) from None
    return Reply(content, kind=HTML, headers=HEADERS)
