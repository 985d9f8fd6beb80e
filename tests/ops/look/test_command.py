"""`runner.py look`: the command as an operator types it."""

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.deploy.releases import Places
from ops.look import command
from recsys.program.errors import DataError
from recsys.serving import pointer
from tests.operator_shell import environment, make_project, runner
from tests.recsys.serving import worlds
from tests.worlds import complains, snapshot

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A project whose second model is live, in place of the first."""
    make_project(tmp_path)
    for name in (worlds.publish(tmp_path, popularity=9.0), worlds.publish(tmp_path)):
        intent = Intent("promote", name, 1, None, None, None, "ann", "")
        number = deployment_log.begin(tmp_path / "state/runner.db", intent, NOW)
        deployment_log.finish(tmp_path / "state/runner.db", number, "promoted", "", NOW)
        pointer.switch(tmp_path / "releases", name)
    return Places(tmp_path)


def test_the_page_opens_and_ends_with_ctrl_c(places: Places) -> None:
    before = snapshot(places.root)
    with subprocess.Popen(
        [sys.executable, str(places.root / "runner.py"), "look", "--port", "0"],
        cwd=places.root,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().split()[1]
            told = requests.post(address, data={"user": "u0"}, timeout=20).text
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30)
    assert "in production; beside it als-" in told and "By the model beside it" in told
    assert process.returncode in (0, 130)
    assert snapshot(places.root) == before


def test_the_former_model_is_the_one_that_ran_before(places: Places) -> None:
    live = pointer.current(places.releases)
    assert live
    other = command.beside(places, live, None)
    assert other and other.model_id == command.former(places.root, live) != live
    assert command.former(places.root / "nowhere", live) is None


def test_one_that_is_gone_is_passed_over_and_one_that_is_wanted_is_not(
    places: Places,
) -> None:
    live = pointer.current(places.releases)
    assert live
    former = command.former(places.root, live)
    (places.releases / str(former)).rename(places.root / "away")
    assert command.beside(places, live, None) is None
    with complains(DataError, "no model"):
        command.beside(places, live, former)


def test_a_port_that_is_taken_is_one_message(places: Places) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = runner(places.root, "look", "--port", port)
    assert done.returncode == 5
    assert "another program listens there; take another --port" in done.stderr
