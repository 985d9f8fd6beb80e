"""What a job would do if it ran now.

reads   what `dvc status` says (a child), data/staging/, mlruns/mlflow.db, state/runner.db
writes  nothing
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ops.deploy import deployment_log
from ops.explain import drops, dvc_state, live
from ops.explain.dvc_state import Changes
from ops.explain.moments import Clock
from ops.scheduler.jobs import JOBS
from ops.terminal import counted

REPRO = "ops.pipeline.repro"
FIXED = {
    "health": "looks at service, data, models and runs; changes nothing",
    "cleanup": "removes old files; `python runner.py cleanup --dry-run` says which",
    "export": "writes the lists of all users",
    "rollback": "by hand only: goes back to the model before the one that is live",
}


@dataclass(frozen=True)
class Act:
    """What would be done, in a sentence; whether that is nothing."""

    sentence: str
    is_nothing: bool = False


@dataclass(frozen=True)
class World:
    """The project as it is now; DVC is asked once, when somebody wants to know."""

    root: Path
    state: Path
    mlruns: Path
    clock: Clock
    known: dict[str, Act] = field(default_factory=dict)

    @cached_property
    def changes(self) -> Changes:
        return dvc_state.look(self.root, self.state)

    @property
    def db(self) -> Path:
        return self.state / deployment_log.DATABASE


def do(job: str, world: World) -> Act:
    """What this job would do. StoreError if registry or rows cannot be read."""
    if REPRO in JOBS[job].args:
        return _repro(job, world)
    if job == "deploy":
        return _deploy(world)
    if job == "court":
        return _court(world)
    return Act(FIXED.get(job, "runs its program"))


def _repro(job: str, world: World) -> Act:
    targets = [name for name in JOBS[job].args if name in world.changes.graph.names]
    found = world.changes.sentence(targets)
    staging = drops.look(world.root / "data" / "staging")
    if staging.blocking:
        return Act(drops.lines(staging, world.clock)[0])
    is_nothing = not world.changes.unknown and not world.changes.rerun(targets)
    if staging.tables and job == "refresh":
        tables = counted(len(staging.tables), "table")
        found, is_nothing = f"takes the new rows of {tables}; {found}", False
    taken = [*staging.waiting, *staging.half_taken]
    if not taken:
        return Act(found, is_nothing)
    return Act(f"takes in {counted(len(taken), 'drop')}; {found}")


def _deploy(world: World) -> Act:
    waits = live.waiting(world.mlruns, world.db)
    if waits is None:
        if left := live.open_ends(world.root, world.mlruns, world.db):
            return Act(f"no model waits in Staging, but {left[0]}")
        return Act("nothing new: no model waits in Staging", is_nothing=True)
    name = f"{waits.version.model_id} (version {waits.version.number})"
    if waits.kept is None:
        return Act(f"asks the gate about {name}, which was not judged yet")
    decision, reason = waits.kept.decision, next(iter(waits.kept.reasons), "")
    if decision == "PROMOTE":
        return Act(f"{name} goes into production: {reason}")
    verb = "holds" if decision == "HOLD" else "rejects"
    return Act(f"nothing moves: the gate {verb} {name}: {reason}", is_nothing=True)


def _court(world: World) -> Act:
    found = live.live(world.db)
    if found is None:
        return Act(
            "nothing is in production, so there is nobody to judge", is_nothing=True
        )
    return Act(f"hears what was bought since {world.clock.at(found.since)}")
