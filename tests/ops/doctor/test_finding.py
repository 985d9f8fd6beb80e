"""What the doctor says, and the exit code that follows."""

import json

import pytest

from ops.doctor import finding
from ops.doctor.finding import bad, ok, warning
from recsys.program.errors import StoreError

ILL = [
    ok("python", "3.11"),
    warning("git", "none", "clone it"),
    bad("store", "torn " * 12, "restore it", 6),
    bad("disk", "full", "free some", 8),
]


def test_the_first_that_is_bad_gives_the_exit_code() -> None:
    assert finding.exit_code(ILL) == 6
    assert finding.exit_code(ILL[:2]) == 0
    assert finding.exit_code([finding.Finding("x", "bad", "y")]) == 70
    assert (finding.worst(ILL), finding.worst(ILL[:2]), finding.worst([])) == (
        "bad",
        "warning",
        "ok",
    )


def test_each_thing_stands_with_its_mend_and_long_ones_are_folded() -> None:
    assert (
        finding.as_text(ILL, 60)
        == """\
ok       python  3.11
warning  git     none
                 -> clone it
bad      store   torn torn torn torn torn torn torn torn
                 torn torn torn torn
                 -> restore it
bad      disk    full
                 -> free some
2 bad, 1 warning, 1 ok"""
    )


def test_that_all_is_well_is_said() -> None:
    assert finding.as_text(ILL[:1], 80).endswith("all is well (1 thing looked at)")


def test_for_programs() -> None:
    report = json.loads(finding.as_json(ILL))
    assert report["overall"] == "bad"
    assert report["findings"][1] == {
        "what": "git",
        "level": "warning",
        "seen": "none",
        "mend": "clone it",
        "exit_code": 0,
    }


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (StoreError("a.db: torn; restore it"), bad("x", "a.db: torn", "restore it", 6)),
        (StoreError("a.db: torn"), bad("x", "a.db: torn", "see the message", 6)),
        (
            PermissionError(13, "Permission denied", "a.lock"),
            bad(
                "x",
                "a.lock: Permission denied",
                "let the user who runs the pipeline read it",
                2,
            ),
        ),
    ],
)
def test_what_cannot_be_looked_at_is_bad(
    error: Exception, found: finding.Finding
) -> None:
    def look() -> finding.Finding:
        raise error

    assert finding.examined("x", look) == [found]
