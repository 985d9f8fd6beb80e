"""`python runner.py health`: what it prints, loads, tells and ends with."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from ops import said
from ops.alerts import outbox
from ops.health import memory
from tests.ops.alerts.servers import http_server
from tests.ops.health.test_health import tree
from tests.ops.health.worlds import (
    ROOT,
    newest_event,
)

SAYS_WHAT_IT_LOADS = """
import atexit, sys
from ops.health import health
from recsys.program.command_line import enter
heavy = lambda: "heavy" if "mlflow" in sys.modules else "light"
atexit.register(lambda: print(heavy(), file=sys.stderr))
enter(health.main)
"""


# ---- the command ----
def command(
    root: Path, *arguments: str, code: str = SAYS_WHAT_IT_LOADS, **env: str
) -> "subprocess.CompletedProcess[str]":
    places = [
        *("--params", str(root / "params.yaml")),
        *("--mlruns", str(root / "mlruns")),
        *("--state", str(root / "state")),
    ]
    return subprocess.run(
        [sys.executable, "-c", code, *places, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.defpath, **env},
        check=False,
    )


def test_the_command_prints_json_and_stays_light(well: Path) -> None:
    before = tree(well)
    done = command(well, "--json")
    report = json.loads(done.stdout)
    assert report["overall"] == "critical"
    assert report["components"] == {
        "data": "critical",
        "models": "ok",
        "service": "ok",
        "store": "ok",
        "pipelines": "ok",
        "disk": report["components"]["disk"],
    }
    keys = {"component", "name", "level", "value", "threshold", "next_step"}
    assert keys <= report["checks"][0].keys()
    assert (done.returncode, done.stderr) == (3, "light\n")
    assert tree(well) == before


def test_a_component_alone_gives_the_exit_code(well: Path) -> None:
    done = command(well, "--component", "models")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "overall: ok")
    assert command(well, "--component", "nothing").returncode == 2


def test_the_command_on_nothing_at_all(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    done = command(tmp_path)
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1] == "overall: critical"
    assert "no model is in Production" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_the_job_that_finds_the_patient_ill_has_not_failed(well: Path) -> None:
    says = well / "said.json"
    done = command(well, **{said.SAYS: str(says)})
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "overall: critical"
    told = said.heard(says)
    assert (told.status, told.reason) == ("ok", "found critical: data_age")
    causes = [one.cause for one in outbox.causes(well / "state")]
    assert "health.data" in causes
    assert memory.read(well / "state").files


def test_alert_tells_what_has_changed_and_delivers_it(well: Path) -> None:
    with http_server() as hook:
        for _ in range(2):
            done = command(
                well, "--alert", "--component", "data", SHOP_ALERT_URLS=hook.url
            )
            assert done.returncode == 3
        newest_event(well, datetime.now(UTC))
        done = command(well, "--alert", "--component", "data", SHOP_ALERT_URLS=hook.url)
        assert (done.returncode, done.stderr) == (0, "light\n")
        lines = hook.lines()
    assert len(lines) == 2
    assert lines[0].startswith("CRITICAL health.data: data_age: ")
    assert lines[1] == "RECOVERED health.data: data: all checks are ok again"


def test_an_alert_that_does_not_leave_changes_no_exit_code(well: Path) -> None:
    with http_server("refuse") as hook:
        done = command(
            well, "--alert", "--component", "models", SHOP_ALERT_URLS=hook.url
        )
        assert done.returncode == 0
        done = command(well, "--alert", "--component", "data", SHOP_ALERT_URLS=hook.url)
    assert done.returncode == 3
    assert "not delivered, tried again later: receiver 1" in done.stdout
