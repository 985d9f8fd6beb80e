"""Runs of runner.py in a scratch project: undisturbed, killed, and again until one succeeds."""

import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

import psutil

from bench.speed.project import Project

MOST_RERUNS = 2
NOTHING_TO_DO = (0, 4, 5)
WAIT_S = 3600.0


def begun(
    project: Project,
    command: Sequence[str],
    more: Mapping[str, str] = MappingProxyType({}),
) -> "subprocess.Popen[bytes]":
    """A command of runner.py, in a session of its own; what it says is in .said. `more` is added to
    its environment.
    """
    with (project.folder / ".said").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "runner.py", *command],
            cwd=project.folder,
            env={**project.environment(), **more},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def run(project: Project, command: Sequence[str]) -> int:
    """Its exit code, where nobody interferes."""
    return begun(project, command).wait(WAIT_S)


def killed(
    project: Project,
    command: Sequence[str],
    how: str,
    moment: float,
    chance: random.Random,
) -> int | None:
    """None if something of it was killed after `moment` seconds; its exit code if it had ended
    before.
    """
    process = begun(project, command)
    with suppress(subprocess.TimeoutExpired):
        return process.wait(moment)
    tree = family(process.pid)
    victims = tree if how == "all" else [chance.choice(tree)]
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    process.wait(WAIT_S)
    return None


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started, whatever session they are in."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def mended(
    project: Project, command: Sequence[str], code: int | None
) -> tuple[int, int]:
    """Run it until it succeeds; how many runs that took, and the exit code of the last. `code` is
    that of a run that nobody killed, if there was one.
    """
    runs = 0 if code is None else 1
    while code not in NOTHING_TO_DO and runs <= MOST_RERUNS:
        code, runs = run(project, command), runs + 1
    assert code is not None  # one run at least
    return runs, code
