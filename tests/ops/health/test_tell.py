"""A component that is ill is told once, gets worse once, and is well once."""

from pathlib import Path

from ops.alerts import outbox
from ops.health.checks import Check, Component, Level
from ops.health.tell import tell
from tests.ops.health.worlds import NOW


def check(level: Level, component: Component = "data", name: str = "data_age") -> Check:
    return Check(component, name, level, "8 days", "", "" if level == "ok" else "do it")


def told(state: Path) -> list[tuple[str, str, str]]:
    return [(one.cause, one.kind, one.level) for one in outbox.notices(state)]


def test_each_change_is_told_once(tmp_path: Path) -> None:
    for level in ("ok", "warning", "warning", "critical", "critical", "ok", "ok"):
        tell(tmp_path, [check("ok", name="data_files"), check(level)], NOW)
    assert told(tmp_path) == [
        ("health.data", "alert", "warning"),
        ("health.data", "alert", "critical"),
        ("health.data", "recovery", "critical"),
    ]


def test_the_worst_is_told_with_its_next_step_and_the_others_by_name(
    tmp_path: Path,
) -> None:
    found = [check("warning", name="a"), check("critical", name="b")]
    tell(tmp_path, [*found, check("critical", name="c")], NOW)
    [notice] = outbox.notices(tmp_path)
    assert notice.text == "b: 8 days; do it (and 1 more: c)"


def test_components_are_told_apart_and_the_disk_has_a_name_of_its_own(
    tmp_path: Path,
) -> None:
    tell(tmp_path, [check("critical"), check("critical", "disk")], NOW)
    assert [cause for cause, _, _ in told(tmp_path)] == ["health.data", "disk"]


def test_a_component_that_was_not_looked_at_stays_as_it_is(tmp_path: Path) -> None:
    tell(tmp_path, [check("critical")], NOW)
    tell(tmp_path, [check("ok", "disk")], NOW)
    assert [one.cause for one in outbox.causes(tmp_path)] == ["health.data"]


def test_what_has_a_cause_of_its_own_is_not_told_twice(tmp_path: Path) -> None:
    tell(tmp_path, [check("warning", "models", "deployment")], NOW)
    assert told(tmp_path) == []
