"""Two stages at once: while DVC runs one, a later one that needs nothing of it runs beside it, or
the next one loads what it needs.

DVC runs one stage after the other. When it begins one, the command of the first later stage that
could run already is begun, too. DVC comes to that stage in its turn, as always: it waits for this
command instead of beginning another, passes on what it has said, and records what it has made. So
what is in dvc.lock, in which order and who is blamed for a failure is what DVC alone would do.

A stage is begun so if all that it needs is recorded and DVC is going to run it, and if
- its outs are all `persist`: it replaces them itself, whole, and DVC neither removes them nor takes
  them from former runs;
- there are two cores, and memory for it (ops/pipeline/beside.py).

Where there is none, or it is over before its turn, the next stage is started as a program that
loads and waits (recsys/program/waiting.py), one at a time, as each takes memory; if it is among
LOADS, which can. It is told to begin in its turn, or beside another stage, or ended if DVC finds
that it need not run. A stage that comes next loads before a later one is begun. The first one loads
beside DVC itself (ops/pipeline/foreseen.py).

If the run ends before its turn, as another stage has failed, it is ended. A repro that is killed
leaves it as it leaves any stage: ops/pipeline/repro.py ends it. A DVC that is otherwise inside runs
one stage after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from ops.pipeline import begun, beside, progress
from ops.pipeline.begun import Begun
from ops.pipeline.foreseen import Foreseen
from recsys.program import machine_room

# modules whose programs wait if they are told to
LOADS = frozenset(
    f"stages.{name}"
    for name in (
        *("merge", "process", "embed", "train_als", "train_bpr", "blend"),
        *("evaluate", "drift", "publish"),
    )
)
LOOK_S = 0.05  # how often it is looked whether there is room beside a stage again
# ways to call DVC's repro in which what is going to run is not known before
OTHER_WAYS = ("force", "force_downstream", "dry", "interactive", "pull", "no_commit")

Call = Callable[..., Any]


class Ahead:
    """The stages of one repro, and what runs ahead of its turn.

    `run` is DVC's module dvc.stage.run.
    """

    def __init__(self, run: Any, foreseen: Foreseen | None = None) -> None:
        self.run = run
        self.foreseen = foreseen
        self.plan: Sequence[Any] = ()
        self.graph: Any = None
        self.done: set[Any] = set()
        self.begun: dict[str, Begun] = {}
        self.loading: dict[str, Begun] = {}
        # what may run beside the stage that runs, and is not begun
        self.ready: Any = None

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
            self.take_foreseen()
            try:
                return list(own(stages, graph=graph, repro_fn=reproduced, **named))
            finally:
                self.end()

        return reproduce

    def take_foreseen(self) -> None:
        """The program that loads already, if it is of a stage of the plan, as that now is."""
        if self.foreseen is None:
            return
        name, command, program = self.foreseen
        self.foreseen = None
        if any(one.addressing == name and one.cmd == command for one in self.plan):
            self.loading[name] = program
        else:
            program.end()

    def running(self, own: Call) -> Call:
        """DVC's way to run a stage, before which a later one is begun."""

        def run(stage: Any, *given: Any, **named: Any) -> Any:
            self.ready = None
            with suppress(OSError):  # no room for another process: it runs in its turn
                # asked now: DVC does not say it while a command runs
                self.ready = self.next_after(stage)
                self.begin_beside(stage)
            return own(stage, *given, **named)

        return run

    @contextmanager
    def looking(self, stage: Any) -> Iterator[None]:
        """Until its command is over, begin or load something whenever there is room beside it."""
        over = Event()

        def look() -> None:
            while not over.wait(LOOK_S):
                if not self.is_busy(stage):
                    with suppress(OSError):
                        self.begin_beside(stage)

        watch = Thread(target=look, daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()

    def begin_beside(self, stage: Any) -> None:
        """Begin what may run, or load, beside this stage, if there is any, and room for it now.

        What runs next comes first: to load, unless it may run already.
        """
        if self.ready is not None and self.ready is self.coming(stage):
            self.begin_next() or self.load_next(stage)
        else:
            self.load_next(stage) or self.begin_next()

    def coming(self, stage: Any) -> Any:
        """The first stage after this one that is neither begun nor loading; None if there is
        none.
        """
        if stage not in self.plan:
            return None
        under_way = {**self.begun, **self.loading}
        later = self.plan[self.plan.index(stage) + 1 :]
        return next((one for one in later if one.addressing not in under_way), None)

    def begin_next(self) -> bool:
        """Begin the stage that may run beside the one that runs, if there is one."""
        later = self.ready
        if later is None or not beside.has_room(beside.size(later)):
            return False
        self.ready = None
        loaded = self.loading.pop(later.addressing, None)
        if loaded is not None and loaded.is_running:
            loaded.go()
            self.begun[later.addressing] = loaded
        else:
            self._forget(loaded)
            self.begun[later.addressing] = self.begin(later)
        return True

    def load_next(self, stage: Any) -> bool:
        """Start the next stage that may load beside this one, if there is one."""
        after = self.to_load(stage)
        if after is None:
            return False
        self.loading[after.addressing] = self.begin(after, waits=True)
        return True

    @staticmethod
    def _forget(loaded: Begun | None) -> None:
        if loaded is not None:
            loaded.end()  # what was wrong with it is said by the command itself

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
            else:
                self._forget(loaded)
            if mine is None:
                with self.looking(stage):
                    own(stage, dry=dry, run_env=run_env)
                return
            since = {progress.SINCE: mine.seconds()}
            self.run.logger.info(progress.BEGINS, stage.addressing, extra=since)
            self.run.display_command(stage.cmd)
            with self.looking(stage):
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
        return next(
            (one for one in ready if beside.fits(one) and beside.will_run(one)), None
        )

    def _is_ready(self, stage: Any) -> bool:
        if stage in self.done or stage.addressing in self.begun:
            return False
        return all(needed in self.done for needed in self.graph.successors(stage))

    def to_load(self, stage: Any) -> Any:
        """The next stage that waits for its turn, if it may load beside this one; None if not."""
        if self.is_busy(stage) or self.loading.keys() - {stage.addressing}:
            return None
        after = self.coming(stage)
        is_one = after is not None and beside.module_of(after.cmd) in LOADS
        return after if is_one and beside.has_room() else None

    def is_busy(self, stage: Any) -> bool:
        """Whether something runs or loads beside this stage."""
        every = {**self.begun, **self.loading}
        return any(
            one.is_busy for name, one in every.items() if name != stage.addressing
        )

    def begin(self, stage: Any, waits: bool = False) -> Begun:
        """Begin its command, as DVC would; or its program, which loads and `waits`."""
        command = self.run._make_cmd(self.run.get_executable(), stage.cmd)
        begins = begun.waiting_one if waits else begun.running_one
        return begins(command, self.run.prepare_kwargs(stage))

    def end(self) -> None:
        """End what has begun, and whose turn does not come."""
        for one in (*self.begun.values(), *self.loading.values()):
            one.end()
        self.begun.clear()
        self.loading.clear()


def run_ahead(foreseen: Foreseen | None = None) -> None:
    """Let DVC's `repro` run two stages at once; the program of the first may load already."""
    if machine_room.cores() < 2:
        return
    try:
        import dvc.repo.reproduce as reproduce
        import dvc.stage.run as run
        from dvc.stage import Stage

        ahead = Ahead(run, foreseen)
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
