"""Two stages at once: while DVC runs one, a later one that needs nothing of it runs beside it. And
what stages import is loaded once, beside what runs.

When DVC begins a stage, the command of the first later stage that could run already is begun, too.
DVC comes to that stage in its turn, as always: it waits for this command instead of beginning
another, passes on what it has said, and records what it has made. So what is in dvc.lock, in which
order and who is blamed for a failure is what DVC alone would do.

A stage is begun so if all that it needs is recorded and DVC is going to run it, and if
- its outs are all `persist`: it replaces them itself, whole, and DVC neither removes them nor takes
  them from former runs;
- there are two cores, and memory for it (ops/pipeline/beside.py).

A stage of ours is a copy of a process that has loaded what it imports (ops/pipeline/copies.py);
what the later ones import is loaded while one runs. Any other is a program of its own.

If the run ends before the turn of what was begun, as another stage has failed, it is ended. A repro
that is killed leaves it as it leaves any stage: ops/pipeline/repro.py ends it. A DVC that is
otherwise inside runs one stage after the other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any

from ops.pipeline import begun, beside, progress
from ops.pipeline.begun import Begun
from ops.pipeline.copies import Copies
from ops.pipeline.forks import ForkServer
from recsys.program import machine_room

LOOK_S = 0.05  # how often it is looked whether there is room beside a stage again
# ways to call DVC's repro in which what is going to run is not known before
OTHER_WAYS = ("force", "force_downstream", "dry", "interactive", "pull", "no_commit")

Call = Callable[..., Any]


class Ahead:
    """The stages of one repro, and what runs ahead of its turn.

    `run` is DVC's module dvc.stage.run; `look` is called before a stage begins ahead.
    """

    def __init__(
        self,
        run: Any,
        server: ForkServer | None = None,
        look: Callable[[Any], object] | None = None,
    ) -> None:
        self.run = run
        self.look = look or (lambda _: None)
        self.copies = Copies(server)
        self.plan: Sequence[Any] = ()
        self.graph: Any = None
        self.done: set[Any] = set()
        self.begun: dict[str, Begun] = {}
        # what may run beside the stage that runs, and is not begun
        self.ready: Any = None
        self.lock = Lock()  # of what is begun
        self.is_over = False

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
                self.done.add(stage)
                return found

            self.plan, self.graph = list(stages), graph
            try:
                return list(own(stages, graph=graph, repro_fn=reproduced, **named))
            finally:
                self.end()

        return reproduce

    def running(self, own: Call) -> Call:
        """DVC's way to run a stage, before which it is found what may run beside it."""

        def run(stage: Any, *given: Any, **named: Any) -> Any:
            self.ready = None
            with suppress(OSError):  # a file of another stage goes meanwhile
                # asked now: DVC does not say it while a command runs
                self.ready = self.next_after(stage)
            return own(stage, *given, **named)

        return run

    @contextmanager
    def looking(self, stage: Any) -> Iterator[None]:
        """Until its command is over, begin another as soon as there is room beside it."""
        over = Event()

        def look() -> None:
            while True:
                with suppress(OSError), self.lock:  # no room for another process
                    if not self.is_over:
                        self.begin_beside(stage)
                if over.wait(LOOK_S):
                    break

        watch = Thread(target=look, daemon=True)
        watch.start()
        try:
            yield
        finally:
            with begun.no_interrupt():
                over.set()
                watch.join()

    def begin_beside(self, stage: Any) -> None:
        """Begin what may run beside this stage, if there is any, and room for it now; and let what
        runs later be loaded.
        """
        later = self.ready
        if (
            later is not None
            and not self.is_busy(stage)
            and beside.has_room(beside.size(later))
        ):
            self.look(later)
            self.begun[later.addressing] = self.copy(later) or self.begin(later)
            self.ready = None  # now: where it could not be begun, it may be in a moment
        if stage in self.plan:
            self.copies.load(self.needing(stage))
            if not self.is_busy(stage):
                self.copies.load_long(self.left_after(stage), self.run.prepare_kwargs)

    def needing(self, stage: Any) -> list[Any]:
        """The stages that need this one, or what it makes, in their order."""
        # DVC's own, which has no types
        from networkx import ancestors  # type: ignore[import-untyped]

        every = ancestors(self.graph, stage)
        return [one for one in self.plan if one in every]

    def left_after(self, stage: Any) -> list[Any]:
        """The stages after this one that are not begun."""
        later = self.plan[self.plan.index(stage) + 1 :]
        return [one for one in later if one.addressing not in self.begun]

    def copy(self, stage: Any) -> Begun | None:
        """Begin it as a copy of what has loaded; None if it cannot be one."""
        return self.copies.begin(stage, self.run.prepare_kwargs(stage))

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
            if mine is None and stage in self.plan and not run_env:
                mine = self.copy(stage)
            if mine is None:
                with self.looking(stage):
                    own(stage, dry=dry, run_env=run_env)
                return
            since = {progress.SINCE: mine.seconds()}
            try:
                self.run.logger.info(progress.BEGINS, stage.addressing, extra=since)
                self.run.display_command(stage.cmd)
                with self.looking(stage):
                    code = mine.show_to_the_end()
            except BaseException:
                mine.end()
                raise
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

    def is_busy(self, stage: Any) -> bool:
        """Whether something runs beside this stage."""
        return any(
            one.is_running
            for name, one in self.begun.items()
            if name != stage.addressing
        )

    def begin(self, stage: Any) -> Begun:
        """Begin its command, as DVC would."""
        command = self.run._make_cmd(self.run.get_executable(), stage.cmd)
        return begun.running_one(command, self.run.prepare_kwargs(stage))

    def end(self) -> None:
        """End what has begun, and whose turn does not come; nothing begins any more."""
        with begun.no_interrupt(), self.lock:
            self.is_over = True
            for one in self.begun.values():
                one.end()
            self.begun.clear()
            self.copies.end()


def run_ahead(
    server: ForkServer | None = None, look: Callable[[Any], object] | None = None
) -> None:
    """Let DVC's `repro` run two stages at once; there may be a server of stages already. `look` is
    called before a stage begins ahead of its turn.
    """
    if machine_room.cores() < 2:
        return
    try:
        import dvc.repo.reproduce as reproduce
        import dvc.stage.run as run
        from dvc.stage import Stage

        ahead = Ahead(run, server, look)
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
