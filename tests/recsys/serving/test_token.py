"""The token: one for service and deploy, readable by its owner only."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError
from recsys.serving import token
from tests.worlds import complains

GOOD = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(token.VARIABLE, raising=False)


def test_it_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    made = token.token(state)
    assert token.token(state) == made
    assert len(made) == 43
    assert (state / token.FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in state.iterdir()] == [token.FILE]


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from recsys.serving import token; "
        "print(token.token(pathlib.Path(sys.argv[1])))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def test_a_variable_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(token.VARIABLE, GOOD)
    assert token.token(tmp_path) == GOOD
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value", ["", "short", "with a space in it", "x" * 257, "é" * 20]
)
def test_what_is_no_token_is_refused_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(token.VARIABLE, value)
    with complains(ConfigError, token.VARIABLE) as _:
        token.token(tmp_path)
    monkeypatch.delenv(token.VARIABLE)
    (tmp_path / token.FILE).write_text(value)
    with complains(ConfigError, token.FILE):
        token.token(tmp_path)


@pytest.mark.parametrize(
    ("header", "right"),
    [
        (f"Bearer {GOOD}", True),
        (f"bearer  {GOOD} ", True),
        (f"Basic {GOOD}", False),
        (f"Bearer {GOOD}x", False),
        ("Bearer é", False),
        ("", False),
        (None, False),
    ],
)
def test_a_header_carries_it_or_not(header: str | None, right: bool) -> None:
    assert token.is_right(header, GOOD) is right
