"""The server of a look: on this machine, silent, and deaf to other pages."""

import http.client
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests

from ops.look.answers import Asked, Desk
from ops.look.server import LARGEST, Server, read
from recsys.program.errors import ConfigError
from tests.pages import words
from tests.recsys.serving import worlds
from tests.worlds import complains


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    desk = Desk(worlds.recommender(tmp_path_factory.mktemp("shop")), None)
    with Server(0, desk, "Model als-1") as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def post(server: Server, **form: str) -> requests.Response:
    return requests.post(server.address, data=form, timeout=20)


def test_it_answers_in_a_blink(server: Server) -> None:
    answer = post(server, user="u0", product="p0")
    assert answer.status_code == 200
    assert "It has rank 1" in words(answer.text)
    name, _, ms = answer.headers["Server-Timing"].partition(";dur=")
    assert name == "answer" and float(ms) < 1000
    assert answer.headers["Cache-Control"] == "no-store"
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def test_the_first_page_and_no_other(server: Server) -> None:
    assert "Search for a customer" in requests.get(server.address, timeout=20).text
    for path in ("user=u0", "?user=u0", "../etc/passwd"):
        answer = requests.get(f"{server.address}{path}", timeout=20)
        assert answer.status_code == 404


def test_nothing_is_written_down(
    server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    post(server, find="u0")
    requests.get(f"{server.address}nothing", timeout=20)
    assert capfd.readouterr() == ("", "")


def test_it_can_be_reached_from_this_machine_only(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80", "Origin": "http://evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_page_cannot_look_through_it(
    server: Server, headers: dict[str, str]
) -> None:
    form = {"user": "u0"}
    for asked in (
        requests.post(server.address, data=form, headers=headers, timeout=20),
        requests.get(server.address, headers=headers, timeout=20),
    ):
        assert asked.status_code == 403
        assert "Kem" not in asked.text


def test_an_unknown_product_is_said(server: Server) -> None:
    answer = post(server, product="p99")
    assert answer.status_code == 404
    assert "product 'p99' is not in the model" in words(answer.text)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\xff", "not a form of this page"),
        (b"user", "not a form of this page"),
        (b"user=a&user=b", "not a form of this page"),
        (b"users=a", "not a form of this page"),
        (b"&".join([b"find=x"] * 9), "not a form of this page"),
        (b"find=" + b"x" * 1001, "more than 1000 characters"),
    ],
)
def test_a_form_that_is_not_ours_is_refused(
    server: Server, body: bytes, problem: str
) -> None:
    with complains(ConfigError, problem):
        read(body)
    answer = requests.post(server.address, data=body, timeout=20)
    assert answer.status_code == 400
    assert problem in words(answer.text)


def test_a_body_without_end_is_refused(server: Server) -> None:
    for length in ("", str(LARGEST + 1), "-1", "x"):
        link = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        link.putrequest("POST", "/")
        if length:
            link.putheader("Content-Length", length)
        link.endheaders()
        assert link.getresponse().status == 400
        link.close()


def test_a_form_is_what_is_asked() -> None:
    body = urlencode({"user": "đ&=", "product": ""}).encode()
    assert read(body) == Asked(user="đ&=")
