"""A project's life in random steps: nothing that can be reached is ever cleaned away, and the disk
holds no more than that.

usage   python -m bench.runner.cleanup_life --steps 10000 --out bench/results/cleanup.md

The registry is a real MLflow store, the deployment log a real SQLite file; promotions, rollbacks
and cleanups are the ones that operators run. What has to stay is written down beside them by a
second rule of ten lines, which knows nothing of the log: a list that a promotion adds to and a
rollback cuts. Models are files of a few bytes.
"""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from bench.command_line import parser, write
from bench.runner.tiny_project import SIZE, TinyProject
from ops.cleanup import models
from ops.cleanup.broom import Broom, size_of
from ops.cleanup.command import House, Kind
from ops.cleanup.params import Params
from ops.deploy import deployment_log, production, promote, release, rollback
from ops.deploy.site import Site
from recsys.program.errors import GateError
from recsys.registry import versions
from recsys.serving import pointer

LIMITS = Params(log_days=30, keep_checkpoints=3, keep_models=2, keep_releases=2)
TYPES = ("als", "bpr")
STEPS = {  # how often, of 100
    "train": 34,
    "promote": 20,
    "roll_back": 18,
    "roll_back_far": 4,
    "release": 5,
    "interrupt": 5,
    "warm_start": 3,
    "name_by_hand": 2,
    "clean": 9,
}


@dataclass
class Life(TinyProject):
    """A project, and what has to stay of it."""

    chance: random.Random = field(default_factory=random.Random)
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    trained: list[str] = field(default_factory=list)  # every model, in order
    layers: list[str] = field(default_factory=list)  # what ran, the champion last
    open: set[str] = field(default_factory=set)  # of deployments without an outcome
    tree: dict[str, Any] = field(default_factory=dict)  # params.yaml
    done: Counter[str] = field(default_factory=Counter)
    most: int = 0  # bytes after a cleanup
    removed: int = 0  # things

    def clock(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now

    @property
    def site(self) -> Site:
        return Site(self.client, self.db, None, self.clock)

    # ---- steps ----
    def step(self) -> str:
        """One step, drawn by the weights of STEPS; its name."""
        (name,) = self.chance.choices(list(STEPS), list(STEPS.values()))
        self.do(name)
        return name

    def do(self, name: str) -> None:
        """Take this step."""
        self.done[name] += 1
        action: Callable[[], None] = getattr(self, name)
        with redirect_stdout(StringIO()):
            action()

    def train(self) -> None:
        """Both models and a baseline are evaluated; one becomes a version in Staging."""
        number = len(self.trained)
        best, other = self.chance.sample(TYPES, 2)
        parent = self.run("evaluation", f"evaluation-{number:012x}")
        self.run("baseline", f"popularity-{number:012x}", parent)
        for kind in (other, best):
            model_id = f"{kind}-{number:012x}"
            run_id = self.run("model", model_id, parent)
            self.log_files(run_id, model_id)
            self.trained.append(model_id)
        self.register(model_id, run_id)

    def promote(self) -> None:
        """What waits in Staging goes into production."""
        promote.promote(self.site)
        self._champion_is_on_top()

    def roll_back(self) -> None:
        """One step back, if there is one."""
        self._roll_back(None)

    def roll_back_far(self) -> None:
        """To any model that ran."""
        targets = production.rollback_targets(deployment_log.rows(self.db))
        if targets:
            self._roll_back(self.chance.choice(targets).model_id)

    def release(self) -> None:
        """A model that a rollback has left may be deployed again, and waits in Staging."""
        left = [v for v in versions.versions(self.client) if v.rolled_back]
        if left:
            version = self.chance.choice(left)
            release.release(self.site, version.model_id)
            versions.stage(self.client, version.number)

    def interrupt(self) -> None:
        """A promotion is killed after it has written its intent."""
        known = versions.versions(self.client)
        if not known:
            return
        target = self.chance.choice(known)
        champion = versions.champion(self.client)
        former = champion and champion.model_id
        sides = target.model_id, target.number, former, champion and champion.number
        intent = deployment_log.Intent("promote", *sides, None)
        deployment_log.begin(self.db, intent, self.clock())
        self.open |= {target.model_id, former or target.model_id}

    def warm_start(self) -> None:
        """params.yaml names a model that training begins at, or none any more."""
        known = [model_id for model_id in self.trained[-40:] if self.has_run(model_id)]
        named = self.chance.choice([*known, "off"])
        self.tree = {"train_als": {"warm_start": named}}

    def name_by_hand(self) -> None:
        """Somebody gives a version an alias of their own in MLflow's UI."""
        known = versions.versions(self.client)
        if known:
            number = str(self.chance.choice(known).number)
            self.client.set_registered_model_alias(versions.MODEL, "kept", number)

    def clean(self) -> None:
        """The cleanup; then all that has to be there is, and no more."""
        must = self.must_stay()
        broom = Broom(False, str)
        rules = LIMITS, self.tree, self.now, broom
        House(self.root, self.mlruns, self.db.parent, *rules).clean(Kind.ALL)
        self.removed += len(broom.gone)
        self.check(must)

    # ---- what has to hold ----
    def must_stay(self) -> set[str]:
        """By the second rule: what ran, what waits, what is open, named, or among the newest."""
        known = versions.versions(self.client)
        newest = [
            version.model_id
            for kind in TYPES
            for version in [v for v in known if v.model_type == kind][-2:]
        ]
        by_number = {version.number: version.model_id for version in known}
        (model,) = self.client.search_registered_models()
        aliased = {by_number[int(number)] for number in model.aliases.values()}
        staged = {v.model_id for v in known if v.stage in ("Staging", "Production")}
        warm = {self.tree.get("train_als", {}).get("warm_start", "off")} - {"off"}
        return {*self.layers, *self.open, *newest, *aliased, *staged, *warm}

    def check(self, must: set[str]) -> None:
        """AssertionError if something is gone that must stay, dangles, or is too much."""
        runs = {
            run.data.tags["model_id"]: run.info.run_id
            for run in models._all_runs(self.client)
        }
        for model_id in must:
            assert model_id in runs, f"the run of {model_id} is gone"
            folder = self.files(runs[model_id])
            assert (folder / "model/factors.npz").exists(), f"{model_id}: no files"
            for md5 in self.made_of(model_id):
                assert self.cached(md5).exists(), f"{model_id}: its data is gone"
        self._check_versions(must, set(runs.values()))
        most = 3 * len(TYPES) * LIMITS.keep_models + len(must)
        is_model = [name for name in runs if name.partition("-")[0] in TYPES]
        assert len(is_model) <= most, f"{len(is_model)} models, {most} at most"
        folders = self.mlruns / "artifacts", self.root / ".dvc"
        size = sum(size_of(folder) for folder in folders if folder.exists())
        assert size <= 6 * SIZE * most, f"{size} bytes for {most} models"
        self.most = max(self.most, size)

    def _check_versions(self, must: set[str], runs: set[str]) -> None:
        known = {v.model_id: v for v in versions.versions(self.client)}
        targets = production.rollback_targets(deployment_log.rows(self.db))
        for target in targets:
            assert target.model_id in known, (
                f"no rollback to {target.model_id} any more"
            )
        assert {target.model_id for target in targets} <= must
        logged = {
            model.model_id: model.source_run_id
            for model in self.client.search_logged_models([self.experiment])
        }
        folders = {path.name for path in (self.mlruns / "artifacts/models").glob("*")}
        assert folders == set(logged), "logged models and their folders"
        assert set(logged.values()) <= runs, "a logged model without its run"
        assert {v.run_id for v in known.values()} <= runs, "a version without its run"
        released = {path.name for path in (self.root / "releases").iterdir()}
        for model_id in self.layers:
            assert model_id in released, f"the release of {model_id} is gone"

    # ---- how it is done ----
    def _roll_back(self, to: str | None) -> None:
        with suppress(GateError):  # nothing further back
            rollback.roll_back(self.site, to)
        self._champion_is_on_top()

    def _champion_is_on_top(self) -> None:
        """The second rule: a new champion is added; a former one cuts what is above it."""
        self.open = set()
        champion = versions.champion(self.client)
        if champion is None or champion.model_id in self.layers[-1:]:
            return
        last = production.in_production(deployment_log.rows(self.db))
        assert last is not None and last.model_id == champion.model_id
        if last.action == "rollback":
            place = len(self.layers) - self.layers[::-1].index(champion.model_id)
            left = self.layers[-1]
            kept = [model for model in self.layers[:place] if model != left]
            kept = [model for model in kept if model != champion.model_id]
            self.layers = [*kept, champion.model_id]
        else:
            self.layers.append(champion.model_id)
        folder = self.root / "releases" / champion.model_id
        folder.mkdir(exist_ok=True)
        (folder / "release.json").write_text("{}")
        pointer.switch(self.root / "releases", champion.model_id)


def lived(root: Path, seed: int, steps: int) -> Life:
    """A life of so many steps; AssertionError at the first step after which something is wrong."""
    life = Life(root, random.Random(seed))  # noqa: S311 - no secret hangs on it
    for number in range(steps):
        name = life.step()
        if number % 500 == 499:
            print(
                f"{number + 1} steps, last {name}; {len(life.layers)} layers",
                flush=True,
            )
    life.do("clean")
    return life


def report(life: Life, seed: int, steps: int, seconds: float) -> str:
    """The result, Markdown."""
    rows = [f"| {name} | {life.done[name]:,} |" for name in STEPS]
    return "\n".join(
        [
            "# Cleanup over a project's life",
            "",
            f"`python -m bench.runner.cleanup_life --steps {steps} --seed {seed}`: "
            f"{steps:,} random steps on a real MLflow store and a real deployment log, "
            f"{seconds:,.0f} s of CPU. After each of {life.done['clean']:,} cleanups all that "
            "could be reached was there with its run, files, data and release, nothing dangled, "
            f"and the disk held no more. {len(life.trained):,} models were trained, "
            f"{life.removed:,} things removed; at most {life.most / 1e6:.1f} MB stood after a "
            f"cleanup (all models together: {len(life.trained) * 3 * SIZE / 1e6:.0f} MB).",
            "",
            "| step | times |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Live a life, and report it."""
    arguments = parser(__doc__)
    arguments.add_argument("--steps", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    found = arguments.parse_args()
    root = Path(tempfile.mkdtemp(prefix="life-"))
    begun = time.process_time()
    try:
        life = lived(root, found.seed, found.steps)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    took = time.process_time() - begun
    write(report(life, found.seed, found.steps, took), found.out)


if __name__ == "__main__":
    main()
