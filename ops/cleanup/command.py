"""`python runner.py cleanup`: remove what nobody needs any more; the job `cleanup` does the same.

reads   params.yaml (cleanup, embed, process, warm starts), state/, models/<type>/checkpoints/,
        mlruns/, releases/, .dvc/cache, data/cache
writes  the same, by removing; with --dry-run no byte anywhere

A model stays if it is among the newest of its type, or if anything leads to it
(ops/cleanup/needed.py); so do its run, its release and the data in DVC's cache that it was made of.
"""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ops import lock
from ops.cleanup import (
    databases,
    dvc_cache,
    files,
    models,
    needed,
    shared_copies,
)
from ops.cleanup.broom import Broom
from ops.cleanup.params import Params
from ops.deploy import deployment_log, old_releases, site
from recsys.program import params as parameters
from recsys.program import place
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError, DiskError, InstanceError, StoreError
from recsys.registry import store
from recsys.shared_store import address


class Kind(StrEnum):
    """What may be cleaned by itself."""

    LOGS = "logs"
    CHECKPOINTS = "checkpoints"
    MODELS = "models"
    RELEASES = "releases"
    CACHE = "cache"
    ALL = "all"


@dataclass(frozen=True)
class House:
    """What is cleaned, and by what rules."""

    root: Path
    mlruns: Path
    state: Path
    params: Params
    tree: dict[str, Any]  # all of params.yaml
    now: datetime
    broom: Broom

    def clean(self, kind: Kind) -> None:
        """Remove all that is due. StoreError, and nothing goes, if log or store cannot be read."""
        stored = kind in {Kind.MODELS, Kind.RELEASES, Kind.ALL}
        if not stored or not store.exists(self.mlruns):
            self.clean_files(kind)
            return
        try:
            self.clean_store(kind)
        except DiskError:  # to remove a row needs room: the files make it
            self.clean_files(kind)
            self.clean_store(kind)
        else:
            self.clean_files(kind)

    def clean_files(self, kind: Kind) -> None:
        """What needs no row to be removed."""
        if kind in (Kind.CHECKPOINTS, Kind.ALL):
            keep = self.params.keep_checkpoints
            found = files.extra_checkpoints(self.root / "models", keep)
            self.broom.sweep("checkpoints", found)
        if kind in (Kind.LOGS, Kind.ALL):
            logs = self.state / "logs"
            found = files.old_logs(logs, self.now, self.params.log_days)
            self.broom.sweep("logs", found)
            self._sweep_empty(logs)
            databases.give_back(self.state / deployment_log.DATABASE, self.broom)
        if kind in (Kind.CACHE, Kind.ALL):
            self.clean_caches()

    def clean_store(self, kind: Kind) -> None:
        """Models and releases, under the registry's lock."""
        dry_run = self.broom.dry_run
        with (
            store.reachable(self.mlruns),
            nullcontext() if dry_run else store.locked(self.mlruns),
        ):
            # what a store says that was moved has to lead to its own files first
            opened = store.reader if dry_run else store.client
            client = opened(self.mlruns)
            there = address.shared()
            stay = needed.models(client, self.root, self.state, self.tree)
            if kind != Kind.RELEASES:
                keep = self.params.keep_models
                if there:
                    extra = shared_copies.unneeded(self.mlruns, keep, stay)
                    self.broom.sweep("copies", extra)
                    self.broom.say(shared_copies.SAID.format(there.tracking))
                else:
                    models.clean(client, self.mlruns, keep, stay, self.broom)
                self._sweep_empty(self.mlruns / "artifacts")
            if kind != Kind.MODELS:
                releases, keep = self.root / "releases", self.params.keep_releases
                found = old_releases.left_over(releases, stay, keep)
                self.broom.sweep("releases", found)
            if kind != Kind.RELEASES and not there:
                databases.give_back(self.mlruns / store.DATABASE, self.broom)

    def clean_caches(self) -> None:
        """What only saves time: nothing while a repro runs, and the next cleanup does it."""
        cache = self.root / "data" / "cache"
        encoder = str(_setting(self.tree, "embed", "encoder"))
        scorer = str(_setting(self.tree, "process", "quality", "scorer"))
        try:
            with self._no_repro():
                self.broom.sweep("cache", files.left_over(self.state, cache, self.now))
                found = files.unused_caches(cache, encoder, scorer)
                self.broom.sweep("cache", found)
                databases.give_back(cache / "vectors.db", self.broom)
                self._clean_dvc()
        except InstanceError as error:
            self.broom.say(f"the caches stay as they are for now: {error}")

    def _clean_dvc(self) -> None:
        gone = self.broom.paths
        try:
            if not store.exists(self.mlruns):  # it says what the models were made of
                site.refuse_if_live(self.mlruns, self.state)
            found = dvc_cache.unneeded(self.root, self.state, self.mlruns, gone)
        except (DataError, StoreError) as error:
            self.broom.say(f"DVC's cache stays as it is: {error}")
            return
        self.broom.sweep("DVC cache", found)
        place = dvc_cache.place(self.root)
        if place and place.is_dir():
            self._sweep_empty(place)

    def _sweep_empty(self, folder: Path) -> None:
        found = files.empty_folders(folder, self.broom.paths)
        self.broom.sweep("empty folders", found, empty=True)

    def _no_repro(self) -> Any:
        """Keep repros away; a dry run only looks whether one runs."""
        if not self.broom.dry_run:
            return lock.no_repro(self.state)
        if lock.holder(self.state / "repro.lock") is not None:
            raise InstanceError("a repro, an audit or a replay runs")
        return nullcontext()


def _setting(tree: dict[str, Any], *keys: str) -> Any:
    """A value of params.yaml; "" where it is not."""
    value: Any = tree
    for key in keys:
        value = value.get(key, "") if isinstance(value, dict) else ""
    return value


def _say_to(as_json: bool) -> Callable[[str], None]:
    return lambda line: typer.echo(line, err=as_json)


def main(
    kind: Annotated[Kind, typer.Option("--type", help="What is cleaned.")] = Kind.ALL,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    params: Annotated[Path, typer.Option(hidden=True)] = Path(PARAMS_FILE),
    mlruns: Annotated[Path, typer.Option(hidden=True)] = Path("mlruns"),
    state: Annotated[Path, typer.Option(hidden=True)] = Path("state"),
) -> None:
    """Remove old logs, checkpoints, models, releases and caches that nothing leads to.

    Exit 8 if one of the folders is a link to a share that is away: what leads to them is not known.
    """
    for folder in (mlruns, state, params.parent / "releases", params.parent / "data"):
        place.refuse_if_away(folder)
    tree = parameters.read(params)
    limits = parameters.checked(Params, "cleanup", tree, params)
    broom = Broom(dry_run, _say_to(as_json))
    now = datetime.now(UTC)
    House(params.parent, mlruns, state, limits, tree, now, broom).clean(kind)
    print(
        json.dumps(broom.as_json(), indent=2) if as_json else "\n".join(broom.table())
    )


if __name__ == "__main__":
    enter(main, "runner.py cleanup")
