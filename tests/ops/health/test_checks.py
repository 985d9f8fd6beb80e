"""Each threshold on both sides, and the worst of all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.health import checks
from ops.health.checks import Check
from ops.scheduler.run_history import Run, stamp
from recsys.program import params as parameters
from recsys.program.errors import DataError
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
    [
        (7 * DAY, "ok"),
        (7 * DAY + SECOND, "critical"),
        (0 * DAY, "ok"),
        (-SECOND, "warning"),
    ],
)
def test_data_age(age, level):
    assert checks.check_data(NOW - age, LIMITS, NOW).level == level


@pytest.mark.parametrize(
    ("age", "level"),
    [(30 * DAY, "ok"), (30 * DAY + SECOND, "warning"), (-SECOND, "warning")],
)
def test_model_age(age, level):
    assert checks.check_model_age("als-1", NOW - age, LIMITS, NOW).level == level


@pytest.mark.parametrize(
    ("recall", "level"), [(0.1, "ok"), (0.0999, "critical"), (0, "critical"), (1, "ok")]
)
def test_recall_is_that_of_the_best_model(recall, level):
    assert checks.check_recall(_evaluation(recall_at_10=recall), LIMITS).level == level


def test_an_evaluation_without_recall_at_10_says_how_to_get_it():
    with pytest.raises(
        DataError, match=r"metrics/evaluate\.json.*cutoffs.*run `dvc repro"
    ):
        checks.check_recall(_evaluation(recall_at_5=0.5), LIMITS)


def _evaluation(**metrics):
    models = {"als": metrics, "popularity": dict.fromkeys(metrics, 0.5)}
    return Evaluation(
        best="als",
        primary=next(iter(metrics)),
        test_users=9,
        test_users_in_all=9,
        models=models,
    )


def _run(status, ended=NOW, job="train", started=NOW - HOUR):
    return Run(
        id="id",
        job=job,
        slot=None,
        attempt=1,
        started_at=stamp(started),
        ended_at=ended and stamp(ended),
        pid=None,
        owner=1,
        status=status,
        kind=None,
        reason=None,
        exit_code=None,
        log="",
    )


@pytest.mark.parametrize(
    ("statuses", "level", "value"),
    [
        ([], "ok", "no runs"),
        (["ok", "failed"], "ok", "0.50 (1 of 2 runs)"),
        (["ok", "failed", "timeout"], "critical", "0.33 (1 of 3 runs)"),
        (["ok", "interrupted", "interrupted"], "critical", "0.33 (1 of 3 runs)"),
        (["ok", "stopped", "stopped", "running"], "ok", "1.00 (1 of 1 runs)"),
    ],
)
def test_success_rate(statuses, level, value):
    check = checks.check_success_rate(
        [_run(status) for status in statuses], LIMITS, NOW
    )
    assert (check.level, check.value) == (level, value)


def test_success_rate_looks_at_the_last_days_only():
    runs = [_run("failed", NOW - 7 * DAY - SECOND), _run("ok", NOW - 7 * DAY)]
    assert checks.check_success_rate(runs, LIMITS, NOW).value == "1.00 (1 of 1 runs)"


def test_too_many_failed_runs_exit_neither_as_a_store_nor_as_a_service():
    check = checks.check_success_rate([_run("failed")], LIMITS, NOW)
    assert checks.exit_code([check]) == 70


def test_what_a_check_advises_to_look_at_is_written_by_the_pipeline():
    low = checks.check_recall(_evaluation(recall_at_10=0.0), LIMITS)
    assert "metrics/evaluate.json" in low.next_step
    stale = checks.check_model_age("als-1", NOW - 31 * DAY, LIMITS, NOW)
    assert "`python runner.py run train`" in stale.next_step


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
    assert (
        checks.overall([_check("critical"), _check("warning"), _check("ok")])
        == "critical"
    )
    assert checks.overall([_check("ok"), _check("warning")]) == "warning"


def test_the_exit_code_is_that_of_the_first_critical():
    assert checks.exit_code([_check("warning", 3), _check("ok", 4)]) == 0
    assert (
        checks.exit_code(
            [_check("warning", 3), _check("critical", 7), _check("critical", 6)]
        )
        == 7
    )


def test_what_the_court_has_ruled():
    assert checks.check_court([], False).level == "ok"
    former = checks.check_court(["the former champion is better"], False)
    assert (former.level, former.value) == ("warning", "the former champion is better")
    assert "python runner.py rollback" in former.next_step
    below = checks.check_court(["a", "b"], True)
    assert (below.level, below.value, below.exit_code) == ("critical", "a / b", 4)


def test_runs_that_had_nothing_to_do_are_no_failures():
    held = [replace(_run("failed"), exit_code=code) for code in (4, 5)]
    found = checks.check_success_rate([*held, _run("ok")], LIMITS, NOW)
    assert (found.level, found.value) == ("ok", "1.00 (1 of 1 runs)")
    failed = replace(_run("failed"), exit_code=3)
    found = checks.check_success_rate([*held, failed], LIMITS, NOW)
    assert found.level == "critical"
