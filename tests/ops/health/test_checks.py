"""What a check is worth: levels, exit codes, and what cannot be looked at."""

import pytest

from ops.health import checks
from ops.health.checks import Check, Component, Level
from recsys.program.errors import StoreError
from tests.ops.health.worlds import SHIPPED


def check(level: Level, component: Component = "data") -> Check:
    return Check(component, "x", level, "")


def test_the_shipped_limits() -> None:
    assert SHIPPED.model_dump() == {
        "max_data_age_days": 7,
        "max_model_age_days": 30,
        "min_recall_at_10": 0.1,
        "max_latency_s": 1.0,
        "min_success_rate": 0.5,
        "success_days": 7,
        "stale_run_hours": 24,
        "min_free_gb": 1.0,
        "warn_free_gb": 5.0,
        "warn_full_days": 14.0,
        "max_database_gb": 2.0,
    }


def test_overall_is_the_worst() -> None:
    assert checks.overall([]) == "ok"
    assert checks.overall([check("ok"), check("ok")]) == "ok"
    assert checks.overall([check("ok"), check("warning")]) == "warning"
    mixed = [check("critical"), check("warning"), check("ok")]
    assert checks.overall(mixed) == "critical"


def test_the_exit_code_is_that_of_the_first_critical() -> None:
    assert checks.exit_code([check("warning", "data"), check("ok", "models")]) == 0
    mixed = [check("warning"), check("critical", "service"), check("critical", "store")]
    assert checks.exit_code(mixed) == 7


@pytest.mark.parametrize(
    ("component", "code"),
    [
        ("data", 3),
        ("models", 4),
        ("store", 6),
        ("service", 7),
        ("disk", 8),
        ("pipelines", 70),
    ],
)
def test_the_exit_code_says_what_was_looked_at(component: Component, code: int) -> None:
    assert check("critical", component).exit_code == code


def test_what_cannot_be_looked_at_is_critical_and_the_others_are_looked_at() -> None:
    def torn() -> Check:
        raise StoreError("runner.db: torn; restore it")

    def no_permission() -> Check:
        raise PermissionError(13, "Permission denied", "data/x")

    found = checks.of(
        "store", [("a", torn), ("b", no_permission), ("c", lambda: check("ok"))]
    )
    assert [(one.level, one.next_step) for one in found] == [
        ("critical", "runner.db: torn; restore it"),
        ("critical", "data/x: Permission denied; see that it can be read"),
        ("ok", ""),
    ]


@pytest.mark.parametrize(
    ("age", "level"), [(-0.001, "warning"), (0, "ok"), (7, "ok"), (7.001, "critical")]
)
def test_an_age_on_both_sides_of_its_limit(age: float, level: Level) -> None:
    found, step = checks.of_age(age, 7, "critical", "do it")
    assert found == level
    assert bool(step) is (level != "ok")
