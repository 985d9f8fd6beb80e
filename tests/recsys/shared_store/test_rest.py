"""A server is asked once, with the user of the environment, and every answer is one message."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from bench.shared.mlflow_server import Running
from recsys.program.errors import StoreError
from recsys.shared_store import rest


class Odd(BaseHTTPRequestHandler):
    """Answers as the path says, and keeps what it was sent."""

    heard: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.heard.append({k.title(): v for k, v in self.headers.items()})
        status, _, text = self.path.rpartition("/")[2].partition("-")
        self.send_response(int(status))
        if status == "302":
            self.send_header("Location", f"http://{self.headers['Host']}/x/200-{{}}")
        self.end_headers()
        self.wfile.write(text.replace("%20", " ").encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[str]:
    Odd.heard.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_real_server_says_its_version_and_what_it_has(shared_store: Running) -> None:
    url = shared_store.url
    assert rest.version(url).startswith("3.")
    for name in ("a", "b", "c"):
        rest.ask(url, "registered-models/create", {"name": name})
    rest.ask(url, "experiments/create", {"name": "one"})
    rest.ask(url, "experiments/create", {"name": "two"})
    found = rest.pages(url, "experiments/search", "experiments", {"max_results": 1})
    assert sorted(one["name"] for one in found) == ["Default", "one", "two"]
    with pytest.raises(rest.RefusedError, match="already exists") as caught:
        rest.ask(url, "registered-models/create", {"name": "a"})
    assert caught.value.code == rest.EXISTS


def test_a_server_that_is_not_there_is_one_message() -> None:
    with pytest.raises(
        StoreError, match=r"^http://127.0.0.1:1: not reached: .*refused"
    ):
        rest.version("http://127.0.0.1:1")


def test_user_and_password_go_along_and_are_not_told(
    odd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "shop")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret")
    monkeypatch.setenv("MLFLOW_WORKSPACE", "ours")
    with pytest.raises(StoreError, match="refuses this user") as caught:
        rest.ask(odd, "401-no")
    assert "s3cret" not in str(caught.value)
    sent = Odd.heard[0]
    assert base64.b64decode(sent["Authorization"].split()[1]) == b"shop:s3cret"
    assert sent["X-mlflow-workspace".title()] == "ours"


def test_a_token_goes_along(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
    assert rest.ask(odd, "200-{}") == {}
    assert Odd.heard[0]["Authorization"] == "Bearer t0ken"


def test_a_redirect_is_not_followed(odd: str) -> None:
    with pytest.raises(StoreError, match="HTTP 302"):
        rest.ask(odd, "302-")
    assert len(Odd.heard) == 1


@pytest.mark.parametrize("said", ["200-<html>", "200-[]"])
def test_what_is_no_mlflow_is_said(odd: str, said: str) -> None:
    with pytest.raises(StoreError, match="that is no MLflow server"):
        rest.ask(odd, said)


def test_a_refusal_has_its_reason(odd: str) -> None:
    text = json.dumps({"error_code": "X", "message": "too many"}, separators=(",", ":"))
    with pytest.raises(
        rest.RefusedError, match="HTTP 400: too many; look at"
    ) as caught:
        rest.ask(odd, f"400-{text}".replace(" ", "%20"))
    assert caught.value.code == "X"
