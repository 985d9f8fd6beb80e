from dataclasses import replace
from pathlib import Path

import pytest

from ops.processes import Ended
from ops.said import Said
from ops.scheduler.ends import End, last_error, outcome, sentence
from ops.scheduler.run_history import Run

TOLD = Said("skipped", "incremental", "no change")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "job.log"
    path.write_text(
        "$ python -m job\nerror: the first\nerror: reviews.csv line 4: no rating\nERROR: dvc\n"
    )
    return path


@pytest.mark.parametrize(
    ("ended", "told", "expected"),
    [
        (Ended("ok", 0), Said(), End("ok", None, None)),
        (Ended("ok", 0), TOLD, End("skipped", "incremental", "no change")),
        (
            Ended("failed", 3),
            TOLD,
            End("failed", None, "exit 3: reviews.csv line 4: no rating"),
        ),
        (
            Ended("failed", 4),
            Said(),
            End("skipped", None, "exit 4: reviews.csv line 4: no rating"),
        ),
        (
            Ended("failed", 5),
            Said(),
            End("skipped", None, "exit 5: reviews.csv line 4: no rating"),
        ),
        (Ended("failed", 137), Said(), End("failed", None, "killed by signal 9")),
        (
            Ended("timeout", 143),
            Said(),
            End("timeout", None, "over its time limit of 1 h"),
        ),
        (
            Ended("stopped", 143),
            Said(),
            End("stopped", None, "the operator stopped it"),
        ),
    ],
)
def test_outcome(log: Path, ended: Ended, told: Said, expected: End) -> None:
    assert outcome(ended, told, log, 3600) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$ python -m job\n", ""),
        ("$ python -m job\nTraceback\nValueError: x\n\n", "ValueError: x"),
        ("x" * 100_000 + "\nerror: \xff\n", "\xff"),
    ],
)
def test_the_last_error_of_a_log(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "job.log"
    path.write_text(text)
    assert last_error(path) == expected
    assert last_error(tmp_path / "none.log") == ""


def test_a_long_reason_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text("error: " + "x" * 500)
    reason = outcome(Ended("failed", 3), Said(), path, 1).reason
    assert reason is not None
    assert len(reason) == 300


def test_an_end_in_a_sentence() -> None:
    run = Run("id", "train", None, 1, "", "", 1, 1, "ok", None, None, 0, "")
    assert sentence(run) == "train: ok, exit 0"
    failed = replace(run, status="failed", exit_code=3, reason="exit 3: no rating")
    assert sentence(failed) == "train: failed, exit 3 (no rating)"
    lost = replace(run, status="interrupted", exit_code=None, reason="gone")
    assert sentence(lost) == "train: interrupted (gone)"
