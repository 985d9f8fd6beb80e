"""All checks together: what is missing or torn is critical, and looking changes nothing."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.health import checks, health
from ops.health.checks import exit_code
from ops.scheduler import run_history
from recsys.program import params as parameters
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import Evaluation
from recsys.registry import versions

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SAYS_WHAT_IT_LOADS = """
import atexit, sys
from ops.health import health
from recsys.program.command_line import enter
heavy = lambda: "heavy" if "mlflow" in sys.modules else "light"
atexit.register(lambda: print(heavy(), file=sys.stderr))
enter(health.main)
"""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MODELS = {"als": {"recall_at_10": 0.25}, "popularity": {"recall_at_10": 0.5}}
EVALUATION = Evaluation(
    best="als", primary="recall_at_10", test_users=9, test_users_in_all=9, models=MODELS
)
LIMITS = parameters.load(checks.Params, "health", ROOT / "params.yaml")


@pytest.fixture
def well(tmp_path):
    """A pipeline that is well at NOW."""
    (tmp_path / "data/processed").mkdir(parents=True)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "data/processed/data_stats.json").write_text(
        '{"newest_event": "2026-03-09T12:00:00+00:00"}'
    )
    evaluation_file.write(tmp_path / "metrics/evaluate.json", EVALUATION)
    db = tmp_path / "state/runner.db"
    intent = Intent("promote", "als-1", 1, None, None, NOW - DAY)
    deployment_log.finish(
        db, deployment_log.begin(db, intent, NOW), "promoted", "", NOW
    )
    run = run_history.open_run(tmp_path / "state", "train", None, NOW - HOUR)
    run_history.close_run(tmp_path / "state", run.id, "ok", 0, NOW)
    return tmp_path


def _examine(root, service=None, now=NOW):
    return health.examine(root, root / "mlruns", root / "state", LIMITS, service, now)


def _levels(checks):
    return {check.name: check.level for check in checks if check.level != "ok"}


def test_all_well(well, fake):
    assert _levels(_examine(well)) == {}
    fake[0].serving = "als-1"
    assert _levels(_examine(well, fake[1])) == {}
    values = {check.name: check.value for check in _examine(well)}
    assert values == {
        "data_age": "1.0 days (newest event 2026-03-09)",
        "model_age": "1.0 days (als-1)",
        "court": "nothing against the champion",
        "recall_at_10": "0.2500 (als)",
        "service": "not configured",
        "deployment": "promoted",
        "success_rate": "1.00 (1 of 1 runs)",
        "stale_runs": "0",
    }


def _empty(root):
    for entry in root.iterdir():
        shutil.rmtree(entry)


@pytest.mark.parametrize(
    ("harm", "critical", "code"),
    [
        (
            lambda root: (root / "data/processed/data_stats.json").unlink(),
            ["data_age"],
            3,
        ),
        (
            lambda root: (root / "data/processed/data_stats.json").write_text(
                '{"newest_event": null}'
            ),
            ["data_age"],
            3,
        ),
        (
            lambda root: (root / "data/processed/data_stats.json").write_text(
                '["newest_event"]'
            ),
            ["data_age"],
            3,
        ),
        (
            lambda root: (root / "data/processed/data_stats.json").write_text(
                '{"newest'
            ),
            ["data_age"],
            3,
        ),
        (lambda root: (root / "metrics/evaluate.json").unlink(), ["recall_at_10"], 4),
        (lambda root: shutil.rmtree(root / "state"), ["model_age"], 4),
        (
            lambda root: (root / "state/runner.db").write_bytes(b"x" * 9000),
            ["model_age", "deployment", "court", "success_rate", "stale_runs"],
            4,
        ),
        (_empty, ["data_age", "model_age", "recall_at_10"], 3),
    ],
)
def test_what_is_missing_or_torn_is_critical_with_a_next_step(
    well, harm, critical, code
):
    harm(well)
    checks = _examine(well)
    assert [check.name for check in checks if check.level == "critical"] == critical
    assert all(check.next_step for check in checks if check.level != "ok")
    assert exit_code(checks) == code


def test_the_service_is_offline_or_sick(well, fake, offline):
    state, client = fake

    def sick(handler):
        handler.send_response(503)
        handler.end_headers()

    state.answer = sick
    for service, words in ((offline, "start the service"), (client, "not JSON")):
        checks = _examine(well, service)
        assert _levels(checks) == {"service": "critical"}
        assert words in next(
            check.next_step for check in checks if check.name == "service"
        )
        assert exit_code(checks) == 7


@pytest.mark.parametrize("status", ["started", "pending", "failed"])
def test_a_deployment_without_a_good_end_is_a_warning(well, status):
    db = well / "state/runner.db"
    number = deployment_log.begin(
        db, Intent("promote", "als-2", 2, "als-1", 1, NOW), NOW
    )
    if status != "started":
        deployment_log.finish(db, number, status, "", NOW)
    assert _levels(_examine(well)) == {"deployment": "warning"}


def test_a_model_that_the_log_does_not_know_is_found_in_the_registry(well, shop):
    versions.set_production(shop.client, shop.stage("als-7"))
    (well / "state/runner.db").unlink()
    check = next(
        check
        for check in _examine(well, now=datetime.now(UTC) + DAY)
        if check.name == "model_age"
    )
    assert (check.level, check.value) == ("ok", "1.0 days (als-7)")


def test_looking_changes_nothing(well):
    before = {path: path.read_bytes() for path in well.rglob("*") if path.is_file()}
    _examine(well)
    assert {
        path: path.read_bytes() for path in well.rglob("*") if path.is_file()
    } == before
    assert not (well / "mlruns").exists()


# ---- the command ----


def _command(root, *arguments):
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    return subprocess.run(
        [
            sys.executable,
            "-c",
            SAYS_WHAT_IT_LOADS,
            "--params",
            str(root / "params.yaml"),
            "--mlruns",
            str(root / "mlruns"),
            "--state",
            str(root / "state"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_the_command_prints_json_and_stays_light(well):
    done = _command(well, "--json")
    report = json.loads(done.stdout)
    assert report["overall"] == "critical"
    assert {"name", "level", "value", "threshold", "next_step"} <= report["checks"][
        0
    ].keys()
    assert [
        check["name"] for check in report["checks"] if check["level"] == "critical"
    ] == ["data_age"]
    assert (done.returncode, done.stderr) == (3, "light\n")


def test_the_command_on_nothing_at_all(tmp_path):
    done = _command(tmp_path)
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1] == "overall: critical"
    assert "no model is in Production" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
