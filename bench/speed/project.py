"""A scratch copy of the repository with a generated shop, whose stages are run and measured.

The copy has what git tracks and nothing else: no compiled kernels, no cache of DVC, no MLflow
store. Every Python process in it writes down what it took when it ends (HOOK), so one run of the
graph gives the cost of each stage as it really ran; wall begins where Python loads the hook, a few
hundredths of a second after its start, or where a copy of a process begins.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.house.imports import ROOT
from bench.speed.cost import KB_A_MB, Cost, cost_in
from bench.speed.floor import make_shop

KEPT = ("/data/raw", "/.hook", "/.ledger", "__pycache__")  # when all else is wiped
HOOK = """\
import atexit, json, os, resource, sys, time
began = time.perf_counter()

def begins():
    global began
    began = time.perf_counter()

os.register_at_fork(after_in_child=begins)

def note():
    modules = sorted({name.partition(".")[0] for name in list(sys.modules)})
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = {
        "program": sys.orig_argv[1:],
        "wall": time.perf_counter() - began,
        "cpu": sum(use.ru_utime + use.ru_stime for use in (own, children)),
        "peak": max(own.ru_maxrss, children.ru_maxrss),
        "modules": modules,
    }
    with open(os.environ["BENCH_LEDGER"], "a") as handle:
        handle.write(json.dumps(line) + "\\n")

atexit.register(note)
"""


@dataclass(frozen=True)
class Line:
    """What one Python process of a run took, and the top-level modules that it had loaded."""

    program: list[str]  # its command line without the interpreter
    cost: Cost
    modules: list[str]

    @property
    def stage(self) -> str | None:
        """The module of `stages` that it ran, None for another program."""
        if self.program[:1] != ["-m"] or not self.program[1].startswith("stages."):
            return None
        return self.program[1].removeprefix("stages.")


@dataclass(frozen=True)
class Project:
    """A copy of the repository in a folder."""

    folder: Path

    @property
    def raw(self) -> Path:
        return self.folder / "data" / "raw"

    @property
    def shop(self) -> Path:
        """The folder whose files run: the sample's where there are no others."""
        return self.raw if any(self.raw.glob("*.csv")) else self.folder / "data/sample"

    @property
    def staging(self) -> Path:
        return self.folder / "data" / "staging"

    @property
    def ledger(self) -> Path:
        return self.folder / ".ledger"

    def environment(self) -> dict[str, str]:
        """Of its programs: this Python, the hook, and no folder of DVC outside of it."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {
            **os.environ,
            "PATH": path,
            "PYTHONPATH": str(self.folder / ".hook"),
            "BENCH_LEDGER": str(self.ledger),
            "DVC_SITE_CACHE_DIR": str(self.folder / ".dvc" / "tmp" / "site"),
            "DVC_NO_ANALYTICS": "1",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }

    def run(self, *arguments: str) -> Cost:
        """Python with these arguments, to the end. RuntimeError with what it said if it fails."""
        self.ledger.unlink(missing_ok=True)
        command = [sys.executable, *arguments]
        return cost_in(self.folder, command, self.environment())

    def lines(self) -> list[Line]:
        """What the processes of the last run wrote down, in the order in which they ended."""
        if not self.ledger.exists():
            return []
        rows = map(json.loads, self.ledger.read_text(encoding="utf-8").splitlines())
        return [
            Line(
                row["program"],
                Cost(row["wall"], row["cpu"], row["peak"] // KB_A_MB),
                row["modules"],
            )
            for row in rows
        ]

    def stages(self) -> dict[str, Cost]:
        """The cost of each stage of the last run, in the order in which they ended."""
        costs: dict[str, Cost] = {}
        for line in self.lines():
            if line.stage:
                known = costs.get(line.stage)
                costs[line.stage] = known + line.cost if known else line.cost
        return costs

    def wipe(self, keep_kernels: bool = True) -> None:
        """Back to a fresh clone with the shop's files; the compiled kernels stay, or go too."""
        kept = KEPT if keep_kernels else KEPT[:-1]
        _git(self.folder, "checkout", "--quiet", "--", ".")
        _git(self.folder, "clean", "-fdxq", *_excluded(kept))

    def take_kernels(self, compiled: Path) -> None:
        """Copy the compiled kernels of another project in the folder `compiled`.

        numba knows them by the time and size of their source, so these come with them.
        """
        for cache in compiled.glob("recsys/**/__pycache__"):
            target = self.folder / cache.parent.relative_to(compiled)
            shutil.copytree(cache, target / cache.name, dirs_exist_ok=True)
            for source in cache.parent.glob("*.py"):
                shutil.copy2(source, target / source.name)


def _excluded(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        yield from ("-e", name)


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    command = ["git", *identity, *arguments]
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def tracked(root: Path) -> list[str]:
    """Files that git tracks in a checkout."""
    return _git(root, "ls-files", "-z").rstrip("\0").split("\0")


def make_project(folder: Path, *options: str) -> Project:
    """A copy of this repository in `folder`, with a shop that bench.shop.generate makes by these
    options in data/raw; the sample shop runs without options.
    """
    for name in tracked(ROOT):
        if options and name.startswith("data/raw/"):
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    _git(folder, "init", "--quiet")
    exclude = folder / ".git" / "info" / "exclude"
    exclude.write_text("\n".join(["/data/raw/", "/.hook/", "/.ledger", ""]))
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "a copy to measure")
    if options:
        with_shop = folder / ".hook" / "shop"
        with_shop.mkdir(parents=True)
        make_shop(with_shop, *options)
        (with_shop / "raw").rename(folder / "data" / "raw")
        shutil.rmtree(with_shop)
    hook = folder / ".hook" / "sitecustomize.py"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK, encoding="utf-8")
    return Project(folder)
