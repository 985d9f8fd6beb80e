"""Our service speaks the contract, and one that breaks a clause is told which."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.deploy import conformance
from ops.deploy.service_client import Service
from recsys.serving import pointer
from recsys.serving.recommender import Recommender
from tests.ops.deploy.scripted import Request, Script, at, says, served
from tests.recsys.serving import worlds
from tests.running_service import TOKEN, Running, running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    pointer.switch(made / "releases", worlds.publish(made))
    return made


@pytest.fixture(scope="module")
def ours(folder: Path) -> Iterator[Running]:
    with running(folder) as started:
        yield started


def broken(service: Service) -> dict[str, str]:
    return {words: wrong for words, wrong in conformance.results(service) if wrong}


def test_our_service_speaks_it(ours: Running) -> None:
    assert broken(Service(ours.url, 20.0, TOKEN)) == {}


def test_without_the_token_what_was_not_tried_is_said(ours: Running) -> None:
    found = broken(Service(ours.url, 20.0))
    assert len(found) == 2
    assert all("not tried: no token" in wrong for wrong in found.values())


def test_the_command(ours: Running) -> None:
    command = [sys.executable, "-m", "ops.deploy.conformance", ours.url]
    environment = {"RECOMMENDER_TOKEN": TOKEN, "PATH": ""}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("14 clauses")
    assert TOKEN not in done.stdout + done.stderr


def _longer(script: Script, request: Request) -> bool:
    """Gives ten products, whatever k is."""
    if not request.path.startswith("/recommend/"):
        return False
    request.reply_json(script.list(script.serving, "u0", "k=10"))
    return True


def _reload(script: Script, request: Request) -> bool:
    """Loads whatever anybody asks for."""
    if request.path == "/reload_model":
        script.load(script.serving)
        request.reply_json({})
    return request.path == "/reload_model"


def _no_hash(script: Script, request: Request) -> bool:
    if request.path == "/model_info":
        said = script.info(script.serving)
        request.reply_json({"model_id": said["model_id"]})
    return request.path == "/model_info"


@pytest.mark.parametrize(
    ("flaw", "clause"),
    [
        (at("/health", says(200, b"<html>")), "GET /health"),
        (_no_hash, "GET /model_info has"),
        (_longer, "k is the length"),
        (_longer, "exclude takes"),
        (at("/recommend/%00", says(500, b"")), "ids with any"),
        (at("/similar/", says(500, b"{}")), "GET /similar/{product_id}"),
        (_reload, "without the token"),
        (_reload, "of an unknown model"),
        (at("/reload_model", says(401, b"{}")), "of the same model"),
    ],
)
def test_a_broken_clause_is_named(folder: Path, flaw, clause: str) -> None:
    recommender = worlds.recommender(folder)
    known: dict[str, Recommender] = {recommender.model_id: recommender}
    with served(Script(known, recommender.model_id, flaw)) as script:
        found = broken(Service(script.url, 2.0, TOKEN))
    assert any(clause in words for words in found), json.dumps(found, indent=1)
