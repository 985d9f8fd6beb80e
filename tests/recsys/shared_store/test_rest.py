"""A server is asked once, with the user of the environment, and every answer is one message."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from bench.shared.mlflow_server import Running
from recsys.program.errors import ConfigError, StoreError
from recsys.shared_store import rest


class Odd(BaseHTTPRequestHandler):
    """Answers as the path says, and keeps what it was sent."""

    heard: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.heard.append({k.title(): v for k, v in self.headers.items()})
        asked = self.path.removesuffix("/version").rpartition("/")[2]
        status, _, text = asked.partition("-")
        self.send_response(int(status))
        if text == "cut":
            self.send_header("Content-Length", "99")
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
    with pytest.raises(StoreError, match="HTTP 302: it sends to another address"):
        rest.ask(odd, "302-")
    assert len(Odd.heard) == 1


@pytest.mark.parametrize("said", ["200-<html>", "200-[]", "404-gone", "405-"])
def test_what_is_no_mlflow_is_said(odd: str, said: str) -> None:
    with pytest.raises(StoreError, match="that is no MLflow server"):
        rest.ask(odd, said)


@pytest.mark.parametrize("said", ["200-<html>", "200-", "404-gone"])
def test_what_has_no_version_of_mlflow_is_said(odd: str, said: str) -> None:
    with pytest.raises(StoreError, match="that is no MLflow server"):
        rest.version(f"{odd}/{said}")


@pytest.mark.parametrize("said", ["200-cut", "500-cut"])
def test_an_answer_that_is_cut_short_is_one_message(odd: str, said: str) -> None:
    with pytest.raises(StoreError, match="not reached: "):
        rest.ask(odd, said)


def test_an_error_without_a_reason_is_said(odd: str) -> None:
    with pytest.raises(StoreError, match="HTTP 500: no reason given; look at the log"):
        rest.ask(odd, "500-oops")


@pytest.mark.parametrize("name", ["MLFLOW_TRACKING_TOKEN", "MLFLOW_WORKSPACE"])
@pytest.mark.parametrize("value", ["s3cret\n", "s3\r\ncret", "s3cret\u1ea7"])
def test_what_no_header_takes_is_refused_and_not_shown(
    odd: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"{name}: a line break") as told:
        rest.ask(odd, "200-{}")
    assert "s3" not in str(told.value)


@pytest.mark.parametrize(
    "name", ["MLFLOW_TRACKING_SERVER_CERT_PATH", "MLFLOW_TRACKING_CLIENT_CERT_PATH"]
)
def test_a_file_of_certificates_that_is_none_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, __file__)
    with pytest.raises(ConfigError, match=f"{name}: {__file__}: .*certificates"):
        rest.version("https://127.0.0.1:1")


def test_a_refusal_has_its_reason(odd: str) -> None:
    text = json.dumps({"error_code": "X", "message": "too many"}, separators=(",", ":"))
    with pytest.raises(
        rest.RefusedError, match="HTTP 400: too many; look at"
    ) as caught:
        rest.ask(odd, f"400-{text}".replace(" ", "%20"))
    assert caught.value.code == "X"
