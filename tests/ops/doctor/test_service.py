"""The service, asked over real HTTP: up, down, unclear, another model, none to ask."""

import json
import socket
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.deploy.service_client import Service
from ops.doctor import service
from tests.ops.conftest import NOW
from tests.ops.fake_service import FakeService

MODEL = "als-000000000001"
Fake = tuple[FakeService, Service]


def params(folder: Path, url: str) -> Path:
    path = folder / "params.yaml"
    section = {
        "service_url": url,
        "timeout_s": 5.0,
        "verify_s": 5.0,
        "delisted_after_days": 30,
    }
    path.write_text(json.dumps({"deploy": section}))
    return path


def deployed(state: Path, status: str = "verified") -> None:
    intent = Intent("promote", MODEL, 1, None, None, None)
    number = deployment_log.begin(state / "runner.db", intent, NOW)
    deployment_log.finish(state / "runner.db", number, status, "", NOW)  # type: ignore[arg-type]  # a Status


def test_none_is_told(tmp_path: Path) -> None:
    found = service.service(params(tmp_path, ""), tmp_path)
    assert (found.level, "deploy.service_url is empty" in found.seen) == ("ok", True)


def test_it_serves_what_is_in_production_and_is_told_nothing(
    tmp_path: Path, fake: Fake
) -> None:
    state, client = fake
    state.serving = MODEL
    deployed(tmp_path)
    found = service.service(params(tmp_path, client.url), tmp_path)
    assert (found.level, found.seen) == ("ok", f"{client.url} serves {MODEL}")
    assert set(state.calls) == {"/health", "/model_info"}


@pytest.mark.parametrize("serving", ["als-00000000000f", ""])
def test_another_model_or_none(tmp_path: Path, fake: Fake, serving: str) -> None:
    state, client = fake
    state.serving = serving
    deployed(tmp_path)
    found = service.service(params(tmp_path, client.url), tmp_path)
    assert (found.level, found.exit_code) == ("bad", 7)
    assert found.seen.endswith(
        f"serves {serving or 'no model'}; {MODEL} is in production"
    )
    assert found.mend.startswith("`python runner.py promote`")


def test_a_deployment_that_is_still_pending(tmp_path: Path, fake: Fake) -> None:
    state, client = fake
    state.serving = MODEL
    deployed(tmp_path, "pending")
    found = service.service(params(tmp_path, client.url), tmp_path)
    assert (found.level, "still pending" in found.seen) == ("warning", True)


def test_down(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        found = service.service(params(tmp_path, url), tmp_path)
    assert (found.level, found.exit_code) == ("bad", 7)
    assert found.seen.startswith("down: ") and "`make serve`" in found.mend


def test_neither_up_nor_down(tmp_path: Path, fake: Fake) -> None:
    state, client = fake

    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")

    state.answer = hang_up
    found = service.service(params(tmp_path, client.url), tmp_path)
    assert (found.level, found.seen[:20]) == ("bad", "neither up nor down:")
