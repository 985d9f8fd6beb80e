"""Two stages at once: while DVC runs one, a later one that needs nothing of it runs beside it, or
the next one loads what it needs.

DVC runs one stage after the other. When it begins one, the command of the first later stage that
could run already is begun, too. DVC comes to that stage in its turn, as always: it waits for this
command instead of beginning another, passes on what it has said, and records what it has made. So
what is in dvc.lock, in which order and who is blamed for a failure is what DVC alone would do.

A stage is begun so if all that it needs is recorded and DVC is going to run it, and if
- its outs are all `persist`: it replaces them itself, whole, and DVC neither removes them nor takes
  them from former runs;
- there are two cores, and memory for what it reads, which takes up to TIMES the room there, and
  LEAST_BYTES for the programs.

Where there is none, the next stage is started as a program that loads and waits
(recsys/program/waiting.py); if it is one of LOADS, which can. It is told to begin in its turn, or
ended if DVC finds that it need not run.

If the run ends before its turn, as another stage has failed, it is ended. A repro that is killed
leaves it as it leaves any stage: ops/pipeline/repro.py ends it. A DVC that is otherwise inside runs
one stage after the other.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ops.pipeline import progress
from ops.pipeline.begun import Begun
from recsys.program import machine_room, waiting

LEAST_BYTES = 1 << 30
TIMES = 40  # as much memory as its files, which are compressed
# modules whose programs wait if they are told to
LOADS = frozenset(
    f"stages.{name}"
    for name in ("process", "train_als", "blend", "evaluate", "publish")
)
# ways to call DVC's repro in which what is going to run is not known before
OTHER_WAYS = ("force", "force_downstream", "dry", "interactive", "pull", "no_commit")

Call = Callable[..., Any]


class Ahead:
    """The stages of one repro, and what runs ahead of its turn.

    `run` is DVC's module dvc.stage.run.
    """

    def __init__(self, run: Any) -> None:
        self.run = run
        self.plan: Sequence[Any] = ()
        self.graph: Any = None
        self.done: set[Any] = set()
        self.begun: dict[str, Begun] = {}
        self.loading: dict[str, Begun] = {}

    def following(self, own: Call, reproduce_stage: Call) -> Call:
        """DVC's loop over the stages, which tells what is done; `reproduce_stage` is its default
        for a stage.
        """

        def reproduce(
            stages: Sequence[Any], graph: Any = None, **named: Any
        ) -> list[Any]:
            if (
                graph is None
                or any(map(named.get, OTHER_WAYS))
                or named.get("on_error") != "fail"
            ):
                return list(own(stages, graph=graph, **named))
            one = named.pop("repro_fn", reproduce_stage)

            def reproduced(stage: Any, **given: Any) -> Any:
                if stage.addressing in self.begun:
                    given["force"] = True  # it may be over, its outs as in dvc.lock
                found = one(stage, **given)
                if idle := self.loading.pop(stage.addressing, None):
                    idle.end()
                self.done.add(stage)
                return found

            self.plan, self.graph = list(stages), graph
            try:
                return list(own(stages, graph=graph, repro_fn=reproduced, **named))
            finally:
                self.end()

        return reproduce

    def running(self, own: Call) -> Call:
        """DVC's way to run a stage, before which a later one is begun."""

        def run(stage: Any, *given: Any, **named: Any) -> Any:
            with suppress(OSError):  # no room for another process: it runs in its turn
                self.begin_beside(stage)
            return own(stage, *given, **named)

        return run

    def begin_beside(self, stage: Any) -> None:
        """Begin what may run, or load, beside this stage."""
        later = self.next_after(stage)
        if later is not None:
            self.begun[later.addressing] = self.begin(later)
        elif (after := self.to_load(stage)) is not None:
            self.loading[after.addressing] = self.begin(after, waits=True)

    def removing(self, own: Call) -> Call:
        """DVC's preparation of outs, which those of a command under way do not need."""

        def remove_outs(stage: Any, *given: Any, **named: Any) -> None:
            if stage.addressing not in self.begun:
                own(stage, *given, **named)

        return remove_outs

    def commanding(self, own: Call) -> Call:
        """DVC's way to run the command of a stage, which waits for one under way."""

        def cmd_run(stage: Any, dry: bool = False, run_env: Any = None) -> None:
            mine = self.begun.pop(stage.addressing, None)
            loaded = self.loading.pop(stage.addressing, None)
            if loaded is not None and loaded.is_running:
                mine = loaded
                mine.go()
            elif loaded is not None:
                loaded.end()  # what was wrong with it is said by the command itself
            if mine is None:
                own(stage, dry=dry, run_env=run_env)
                return
            since = {progress.SINCE: mine.seconds() if mine is not loaded else 0.0}
            self.run.logger.info(progress.BEGINS, stage.addressing, extra=since)
            self.run.display_command(stage.cmd)
            code = mine.show_to_the_end()
            mine.close()
            if code:
                raise self.run.StageCmdFailedError(stage.cmd, code)

        return cmd_run

    def next_after(self, stage: Any) -> Any:
        """The stage that may be begun beside this one; None if there is none."""
        if stage not in self.plan or self.is_busy(stage):
            return None
        later = self.plan[self.plan.index(stage) + 1 :]
        ready = (one for one in later if self._is_ready(one))
        return next((one for one in ready if fits(one) and will_run(one)), None)

    def _is_ready(self, stage: Any) -> bool:
        if stage in self.done or stage.addressing in self.begun:
            return False
        return all(needed in self.done for needed in self.graph.successors(stage))

    def to_load(self, stage: Any) -> Any:
        """The stage after this one, if it may load beside it; None if not."""
        if stage not in self.plan or self.is_busy(stage):
            return None
        later = self.plan[self.plan.index(stage) + 1 :]
        after = next((one for one in later if one.addressing not in self.begun), None)
        is_one = after is not None and module_of(after.cmd) in LOADS
        return after if is_one and has_room(0) else None

    def is_busy(self, stage: Any) -> bool:
        """Whether something runs beside this stage."""
        every = {**self.begun, **self.loading}
        return any(
            one.is_running for name, one in every.items() if name != stage.addressing
        )

    def begin(self, stage: Any, waits: bool = False) -> Begun:
        """Begin its command, as DVC would; or its program, which loads and `waits`."""
        command = self.run._make_cmd(self.run.get_executable(), stage.cmd)
        told = {waiting.VARIABLE: str(time.time())} if waits else {}
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if waits else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **self.run.prepare_kwargs(stage, run_env=told),
        )
        return Begun(process)

    def end(self) -> None:
        """End what has begun, and whose turn does not come."""
        for one in (*self.begun.values(), *self.loading.values()):
            one.end()
        self.begun.clear()
        self.loading.clear()


def module_of(command: Any) -> str:
    """The module that a command runs with Python; "" if it does something else."""
    words = str(command).split()
    return words[2] if words[:2] == ["python", "-m"] and len(words) > 2 else ""


def fits(stage: Any) -> bool:
    """Whether a stage may run beside another."""
    is_plain = isinstance(stage.cmd, str) and not stage.frozen
    replaces = bool(stage.outs) and all(out.persist for out in stage.outs)
    read = [Path(dep.fs_path) for dep in stage.deps]
    is_there = all(path.exists() for path in read)
    size = sum(path.stat().st_size for path in read if path.is_file())  # folders: code
    return is_plain and replaces and is_there and has_room(size)


def has_room(size: int) -> bool:
    """Whether there is memory for a stage that reads so many bytes."""
    free = machine_room.free_bytes()
    return free is None or free >= LEAST_BYTES + TIMES * size


def will_run(stage: Any) -> bool:
    """Whether DVC will find that it has to run. What it cannot find out it says in its turn."""
    from dvc.exceptions import DvcException

    try:
        return bool(stage.changed())
    except DvcException:
        return False


def run_ahead() -> None:
    """Let DVC's `repro` run two stages at once."""
    if machine_room.cores() < 2:
        return
    try:
        import dvc.repo.reproduce as reproduce
        import dvc.stage.run as run
        from dvc.stage import Stage

        ahead = Ahead(run)
        own = (
            reproduce._reproduce,
            reproduce._reproduce_stage,
            Stage.run,
            Stage.remove_outs,
            run.cmd_run,
            run._make_cmd,
            run.get_executable,
            run.prepare_kwargs,
            run.display_command,
            run.StageCmdFailedError,
        )
    except (ImportError, AttributeError):
        return
    reproduce._reproduce = ahead.following(own[0], own[1])
    Stage.run = ahead.running(own[2])
    Stage.remove_outs = ahead.removing(own[3])
    run.cmd_run = ahead.commanding(own[4])
