"""Health: each threshold on both sides, what is missing, the worst of all, and that looking changes
nothing.
"""

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
from ops.health.checks import Check, Run, exit_code
from ops.scheduler import run_history
from recsys.program import params as parameters
from recsys.program.errors import DataError
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import Evaluation

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LIMITS = checks.Params(
    max_data_age_days=7,
    max_model_age_days=30,
    min_recall_at_10=0.1,
    min_success_rate=0.5,
    success_days=7,
    stale_run_hours=24,
)


def test_the_section_of_params_yaml_is_these_limits():
    assert parameters.load(checks.Params, "health", ROOT / "params.yaml") == LIMITS


# ---- one check ----


@pytest.mark.parametrize(
    ("age", "level"),
    [(7 * DAY, "ok"), (7 * DAY + SECOND, "critical"), (0 * DAY, "ok"), (-SECOND, "warning")],
)
def test_data_age(age, level):
    assert checks.check_data(NOW - age, LIMITS, NOW).level == level


@pytest.mark.parametrize(
    ("age", "level"), [(30 * DAY, "ok"), (30 * DAY + SECOND, "warning"), (-SECOND, "warning")]
)
def test_model_age(age, level):
    assert checks.check_model_age("als-1", NOW - age, LIMITS, NOW).level == level


@pytest.mark.parametrize(
    ("recall", "level"), [(0.1, "ok"), (0.0999, "critical"), (0, "critical"), (1, "ok")]
)
def test_recall_is_that_of_the_best_model(recall, level):
    assert checks.check_recall(_evaluation(recall_at_10=recall), LIMITS).level == level


def test_an_evaluation_without_recall_at_10_says_how_to_get_it():
    with pytest.raises(DataError, match=r"metrics/evaluate\.json.*cutoffs.*run `dvc repro"):
        checks.check_recall(_evaluation(recall_at_5=0.5), LIMITS)


def _evaluation(**metrics):
    models = {"als": metrics, "popularity": dict.fromkeys(metrics, 0.5)}
    return Evaluation(best="als", primary=next(iter(metrics)), test_users=9, models=models)


def _run(status, ended=NOW, job="train", started=NOW - HOUR):
    return Run(job, started, ended, status)


@pytest.mark.parametrize(
    ("statuses", "level", "value"),
    [
        ([], "ok", "no runs"),
        (["ok", "failed"], "ok", "0.50 (1 of 2 runs)"),
        (["ok", "failed", "timeout"], "critical", "0.33 (1 of 3 runs)"),
        (["ok", "lost", "lost"], "critical", "0.33 (1 of 3 runs)"),
        (["ok", "stopped", "stopped", "running"], "ok", "1.00 (1 of 1 runs)"),
    ],
)
def test_success_rate(statuses, level, value):
    check = checks.check_success_rate([_run(status) for status in statuses], LIMITS, NOW)
    assert (check.level, check.value) == (level, value)


def test_success_rate_looks_at_the_last_days_only():
    runs = [_run("failed", NOW - 7 * DAY - SECOND), _run("ok", NOW - 7 * DAY)]
    assert checks.check_success_rate(runs, LIMITS, NOW).value == "1.00 (1 of 1 runs)"


def test_an_unhealthy_pipeline_does_not_make_itself_unhealthier():
    runs = [_run("failed", job="health")] * 100 + [_run("ok")]
    assert checks.check_success_rate(runs, LIMITS, NOW).level == "ok"


def test_stale_runs():
    fresh = _run("running", None, started=NOW - 24 * HOUR)
    stale = _run("running", None, "embed", started=NOW - 24 * HOUR - SECOND)
    old = _run("ok", NOW - 9 * DAY, started=NOW - 10 * DAY)
    assert checks.check_stale_runs([fresh, old], LIMITS, NOW).level == "ok"
    found = checks.check_stale_runs([fresh, stale], LIMITS, NOW)
    assert (found.level, found.value) == ("warning", "1 (embed)")


# ---- all together ----


def _check(level, code=3):
    return Check("x", level, "", "", "", code)


def test_overall_is_the_worst():
    assert checks.overall([_check("ok"), _check("ok")]) == "ok"
    assert checks.overall([_check("critical"), _check("warning"), _check("ok")]) == "critical"
    assert checks.overall([_check("ok"), _check("warning")]) == "warning"


def test_the_exit_code_is_that_of_the_first_critical():
    assert checks.exit_code([_check("warning", 3), _check("ok", 4)]) == 0
    assert (
        checks.exit_code([_check("warning", 3), _check("critical", 7), _check("critical", 6)]) == 7
    )


@pytest.fixture
def well(tmp_path):
    """A pipeline that is well at NOW."""
    (tmp_path / "data/processed").mkdir(parents=True)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "data/processed/data_stats.json").write_text(
        '{"newest_event": "2026-03-09T12:00:00+00:00"}'
    )
    evaluation_file.write(tmp_path / "metrics/evaluate.json", _evaluation(recall_at_10=0.25))
    db = tmp_path / "state/runner.db"
    deployment_log.finish(
        db,
        deployment_log.begin(db, Intent("promote", "als-1", 1, None, None, NOW - DAY), NOW),
        "promoted",
        "",
        NOW,
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
    assert _levels(_examine(well, fake[1])) == {}
    values = {check.name: check.value for check in _examine(well)}
    assert values == {
        "data_age": "1.0 days (newest event 2026-03-09)",
        "model_age": "1.0 days (als-1)",
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
        (lambda root: (root / "data/processed/data_stats.json").unlink(), ["data_age"], 3),
        (
            lambda root: (root / "data/processed/data_stats.json").write_text(
                '{"newest_event": null}'
            ),
            ["data_age"],
            3,
        ),
        (
            lambda root: (root / "data/processed/data_stats.json").write_text('["newest_event"]'),
            ["data_age"],
            3,
        ),
        (
            lambda root: (root / "data/processed/data_stats.json").write_text('{"newest'),
            ["data_age"],
            3,
        ),
        (lambda root: (root / "metrics/evaluate.json").unlink(), ["recall_at_10"], 4),
        (lambda root: shutil.rmtree(root / "state"), ["model_age"], 4),
        (
            lambda root: (root / "state/runner.db").write_bytes(b"x" * 9000),
            ["model_age", "deployment", "success_rate", "stale_runs"],
            4,
        ),
        (_empty, ["data_age", "model_age", "recall_at_10"], 3),
    ],
)
def test_what_is_missing_or_torn_is_critical_with_a_next_step(well, harm, critical, code):
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
    for service, words in ((offline, "start the service"), (client, "HTTP 503")):
        checks = _examine(well, service)
        assert _levels(checks) == {"service": "critical"}
        assert words in next(check.next_step for check in checks if check.name == "service")
        assert exit_code(checks) == 7


@pytest.mark.parametrize("status", ["started", "pending", "failed"])
def test_a_deployment_without_a_good_end_is_a_warning(well, status):
    db = well / "state/runner.db"
    number = deployment_log.begin(db, Intent("promote", "als-2", 2, "als-1", 1, NOW), NOW)
    if status != "started":
        deployment_log.finish(db, number, status, "", NOW)
    assert _levels(_examine(well)) == {"deployment": "warning"}


def test_a_model_that_the_ledger_does_not_know_is_found_in_the_registry(well, shop):
    from recsys.registry import versions

    versions.set_production(shop.client, shop.stage("als-7"))
    (well / "state/runner.db").unlink()
    check = next(
        check for check in _examine(well, now=datetime.now(UTC) + DAY) if check.name == "model_age"
    )
    assert (check.level, check.value) == ("ok", "1.0 days (als-7)")


def test_looking_changes_nothing(well):
    before = {path: path.read_bytes() for path in well.rglob("*") if path.is_file()}
    _examine(well)
    assert {path: path.read_bytes() for path in well.rglob("*") if path.is_file()} == before
    assert not (well / "mlruns").exists()


# ---- the command ----


def _command(root, *arguments):
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    script = (
        "import sys; from ops.health import health; from recsys.program.command_line import enter\n"
        "import atexit; atexit.register(lambda: print('heavy' if 'mlflow' in sys.modules else 'light', "
        "file=sys.stderr))\n"
        "enter(health.main)"
    )
    return subprocess.run(
        [
            sys.executable,
            "-c",
            script,
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
    assert {"name", "level", "value", "threshold", "next_step"} <= report["checks"][0].keys()
    assert [check["name"] for check in report["checks"] if check["level"] == "critical"] == [
        "data_age"
    ]
    assert (done.returncode, done.stderr) == (3, "light\n")


def test_the_command_on_nothing_at_all(tmp_path):
    done = _command(tmp_path)
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1] == "overall: critical"
    assert "no model is in Production" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
