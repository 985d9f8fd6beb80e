"""`dvc repro`, safe against what a killed repro left behind; `python runner.py repro [STAGE ...]`.

reads   dvc.yaml, params.yaml, data/staging
writes  what the stages write, state/repro.lock, state/dvc.lock.before, state/params.checked,
        state/stage_times.json, state/alerts.db (ops/pipeline/tell.py), releases/delisted.txt

One at a time (state/repro.lock, exit 5). First the processes of a killed repro are ended: beside
them a new one would record wrong outs. Then what a kill can break in DVC's own files is mended,
params.yaml is checked, and `dvc repro` runs. The exit code is the failing stage's; what a model
needs after a repro (stages.publish) follows a good one.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ops import lock, processes
from ops.pipeline import (
    checked_params,
    delisted,
    leftovers,
    next_steps,
    outcome,
    progress,
    publishing,
    remote,
    shared_models,
    tell,
    warm_start,
)
from ops.pipeline.child import Child
from ops.pipeline.dvc_repair import Say, mend
from ops.scheduler import run_history
from recsys.intake.claims import strangers
from recsys.program import place, yaml_text
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, DataError, DiskError, InstanceError

Stages = Annotated[
    list[str] | None, typer.Argument(metavar="STAGE", help="All if none is named.")
]
Single = Annotated[
    bool, typer.Option("--single", help="The named stages, not what they need.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Also stages where nothing has changed.")
]
Warm = Annotated[
    bool, typer.Option("--warm-start", help="Train from the models made last.")
]

Pull = Annotated[
    bool,
    typer.Option("--pull", help="First bring what dvc.lock names from the remote."),
]
Push = Annotated[
    bool, typer.Option("--push", help="After a good run send what it made there.")
]

BY_A_SIGNAL = 128  # an exit code above it

DVC = "ops.pipeline.dvc_quietly"
PUBLISHED_AFTER = {"evaluate", "publish"}
# deps that may be empty: DVC refuses to start without the folder
MAY_BE_EMPTY = ("raw", "sample", "staging", "batches", "reference")
TAKES_IN = {"merge", "process"}  # targets before which new rows of a database are taken

STAGE_FAILED = re.compile(r"failed to run: .*exited with (-?\d+)")
MEANINGS = (  # what else DVC says, and the exit code that it means
    (
        re.compile(r"No space left|Read-only file system|Disk quota", re.IGNORECASE),
        DiskError.exit_code,
    ),
    (
        re.compile(
            r"Unable to acquire lock|is busy|another DVC process", re.IGNORECASE
        ),
        InstanceError.exit_code,
    ),
    (
        re.compile(
            r"validation failed|No such file|does not exist|not found|is invalid|"
            r"unable to read|failed to parse|missing data 'source'",
            re.IGNORECASE,
        ),
        ConfigError.exit_code,
    ),
)


def exit_code(code: int, messages: str) -> int:
    """The failing stage's, else what DVC's messages mean, else 70. A signal is 128 + its number."""
    if code == 0:
        return 0
    stages = STAGE_FAILED.findall(messages)
    found = int(stages[-1]) if stages else code
    if found < 0:
        return 128 - found
    if stages:
        return found
    return next((meaning for words, meaning in MEANINGS if words.search(messages)), 70)


def environment(token: str) -> dict[str, str]:
    """Of the children: `python` in dvc.yaml is this interpreter, nothing is reported to anyone."""
    folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([folder, os.environ.get("PATH", os.defpath)])
    return os.environ | {
        leftovers.MARK: token,
        "PATH": path,
        "DVC_NO_ANALYTICS": "1",
        "PYTHONUNBUFFERED": "1",
        "GIT_PYTHON_REFRESH": "quiet",  # there may be no git
    }


def run(
    targets: Sequence[str],
    root: Path,
    state: Path,
    now: datetime,
    say: Say,
    flags: Sequence[str] = (),
    warm: bool = False,
    ways: frozenset[str] = frozenset(),
) -> int:
    """Repro the targets (all if none) as the only one, with these flags of DVC; exit code. `warm`:
    from the models made last; `ways`: pull before, push after. InstanceError if another repro runs.
    """
    token = os.urandom(8).hex()
    facts = {"pid": os.getpid(), "since": run_history.stamp(now), "token": token}
    with lock.hold(state / "repro.lock", "a repro", facts) as former:
        leftovers.end(former.get("token"), say)
        mend(root, state, bool(former), say)
        before = outcome.look(root)
        env = environment(token) | progress.variable(state)
        todo = partial(steps, targets, root, state, env, flags, ways)
        code = warm_start.around(todo, root, targets, flags, say) if warm else todo()
        if code > BY_A_SIGNAL:  # of DVC alone: this one lives, and mends it now
            leftovers.end(token, say)
            mend(root, state, True, say)
        elif code:  # what is about to end anyway, most often: no news
            leftovers.end(token, lambda _: None)
        if not code:
            outcome.tell(root, state, targets, before, now, "--force" in flags)
        return code


def refuse_strangers(staging: Path) -> None:
    """DataError if DVC could not even read the drops.

    It hangs on a pipe, and fails on a socket or a dangling link.
    """
    odd = strangers(staging)
    if odd:
        names = ", ".join(ascii(path.name)[1:-1] for path in odd[:5])
        raise DataError(
            f"{staging}: {names}: neither a file nor a folder, or not named in UTF-8; "
            "take it out and run again"
        )


def check_params(root: Path, state: Path, env: dict[str, str]) -> int:
    """The exit code of the check of params.yaml; the one that was checked last is known."""
    mark = checked_params.mark_of(root)
    if checked_params.is_known(state, mark):
        return 0
    check = [sys.executable, "-m", "stages.check"]
    code = subprocess.run(check, cwd=root, env=env, check=False).returncode
    if not code:
        checked_params.remember(state, mark)
    return code


def takes_in(targets: Sequence[str], flags: Sequence[str]) -> bool:
    """Whether a repro begins with what is new in the shop's database: all of it does, and a
    refresh; one that skips merge does not.
    """
    if "--single-item" in flags:
        return "merge" in targets
    return not targets or bool(TAKES_IN & set(targets))


def take_rows(root: Path, env: dict[str, str]) -> int:
    """Take the new rows of the tables of section source, if there are any; the exit code."""
    try:
        text = (root / PARAMS_FILE).read_text(encoding="utf-8")
        tables = yaml_text.load(text)["source"]["sql"]
    except (OSError, ValueError, KeyError, TypeError):  # the check of it says it
        return 0
    if not tables:
        return 0
    command = [sys.executable, "-m", "ops.sql.command"]
    return subprocess.run(command, cwd=root, env=env, check=False).returncode


def steps(
    targets: Sequence[str],
    root: Path,
    state: Path,
    env: dict[str, str],
    flags: Sequence[str] = (),
    ways: frozenset[str] = frozenset(),
) -> int:
    """Check params.yaml, run DVC, publish; the first exit code that is not 0. What `ways` asks for
    comes before DVC and after all.
    """
    place.check(root)
    place.refuse_made_outside(root)
    for name in MAY_BE_EMPTY:
        (root / "data" / name).mkdir(parents=True, exist_ok=True)
    try:
        refuse_strangers(root / "data" / "staging")
    except DataError as error:
        tell.of_blocked(state, str(error), datetime.now(UTC))
        raise
    command = [sys.executable, "-m", DVC, "repro", *flags, *targets]
    with Child(command, root, env) as dvc:
        dvc.load()
        if code := check_params(root, state, env):
            return exit_code(code, f"failed to run: stages.check, exited with {code}")
        if "pull" in ways:
            remote.pull(root, env, _say)
        shared_models.bring(root)
        if takes_in(targets, flags) and (code := take_rows(root, env)):
            return exit_code(
                code, f"failed to run: ops.sql.command, exited with {code}"
            )
        code, messages = dvc.stream()
    tell.of_repro(root, state, exit_code(code, messages), messages, datetime.now(UTC))
    if code:
        return exit_code(code, messages)
    if not targets or PUBLISHED_AFTER & set(targets):
        code = _publish(root, env)
    return code or _give_out(root, state, env, ways)


def _give_out(
    root: Path, state: Path, env: dict[str, str], ways: frozenset[str]
) -> int:
    """What others read of a good run: the delisted products, and the remote if it is asked for."""
    delisted.update(root, state, _say)
    if "push" in ways:
        remote.push(root, env, _say)
    return 0


def _publish(root: Path, env: dict[str, str]) -> int:
    """Runs and the version into the registry, and what may be done next; the exit code."""
    code = publishing.publish(root, env)
    if not code:
        print("\n".join(["", *next_steps.lines(root)]), flush=True)
    return exit_code(code, f"failed to run: stages.publish, exited with {code}")


def main(
    stages: Stages = None,
    single: Single = False,
    force: Force = False,
    warm: Warm = False,
    pull: Pull = False,
    push: Push = False,
) -> None:
    """Bring the stages up to date (all, or those named), after mending what a killed run left."""
    flags = ["--single-item"] * single + ["--force"] * force
    if flags and not stages:
        raise ConfigError("--single and --force want the names of stages")
    ways = frozenset(["pull"] * pull + ["push"] * push)
    raise typer.Exit(_as_leader(stages or [], flags, warm, ways))


def _as_leader(
    stages: Sequence[str], flags: Sequence[str], warm: bool, ways: frozenset[str]
) -> int:
    """Run as the leader of a process group, so that whoever ends the group ends all of it."""
    if os.getpgrp() != os.getpid():
        command = [sys.executable, "-m", "ops.pipeline.repro", *sys.argv[1:]]
        return processes.run_here(command)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    now = datetime.now(UTC)
    return run(stages, Path(), Path("state"), now, _say, flags, warm, ways)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    enter(main, "runner.py repro")
