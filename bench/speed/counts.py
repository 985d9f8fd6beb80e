"""What must not grow unnoticed: counts of work, each with a bound, none of them a time.

usage   python -m bench.speed.counts
reads   bench/speed/bounds.toml     the bounds
        data/sample, params.yaml    the sample shop
writes  nothing; it prints each count beside its bound, and is 1 if one has grown

Counts are the same on every machine: epochs and iterations of training, bytes that merge reads,
packages that each program loads, what DVC has to look at when there is nothing to do, functions
that numba compiles on a fresh clone.
"""

import ast
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from ruamel.yaml import YAML

from bench.house import figures
from bench.house.imports import HOUSES, ROOT
from bench.models.prepared import Prepared, prepared
from bench.shop import generate
from stages import merge, train_als, train_bpr

BOUNDS = ROOT / "bench" / "speed" / "bounds.toml"
PARAMS = ROOT / "params.yaml"
SHOP = ("--users", "400", "--products", "60")
COMPILED = {
    "cached_njit",
    "njit",
    "jit",
    "vectorize",
    "guvectorize",
    "cfunc",
    "stencil",
}
RUNNER = "runner, ops.scheduler.loop"
LOADED = "import sys, {}; print(*{{name.partition('.')[0] for name in sys.modules}})"
IO = Path("/proc/self/io")
SOURCE = (".py", ".pyi")

Counts = dict[str, int]  # by the name that bounds.toml has


# ---- training ----
def training(shop: Prepared) -> Counts:
    """Epochs and iterations of all fits of both stages: search, fit, and verdict on cold items."""
    counts = {}
    for name, stage in (("als", train_als), ("bpr", train_bpr)):
        with tempfile.TemporaryDirectory() as scratch, steps_counted() as steps:
            out = Path(scratch)
            stage.main(shop.data, shop.embeddings, out / "mlruns", out / "model")
        what = {"als": "iterations", "bpr": "epochs"}[name]
        counts[f"train_{name}_{what}"] = sum(steps)
        counts[f"train_{name}_fits"] = len(steps)
    return counts


@contextmanager
def steps_counted() -> Iterator[list[int]]:
    """The steps of each fit within, by the bars that they move (recsys/program/progress.py)."""
    from tqdm import tqdm

    fits: list[int] = []
    update, begin = tqdm.update, tqdm.__init__

    def began(bar: "tqdm[None]", *arguments: object, **options: object) -> None:
        fits.append(0)
        begin(bar, *arguments, **options)

    def moved(bar: "tqdm[None]", n: float = 1) -> bool | None:
        fits[-1] += int(n)
        return update(bar, n)

    with mock.patch.multiple(tqdm, __init__=began, update=moved):
        yield fits


# ---- reading ----
def reading(shop: Path, scratch: Path) -> Counts:
    """Files that merge opens, and bytes that it reads, in tenths of what the raw files hold.

    It runs twice: what Python loads on the way is read by the first run.
    """
    files = [path for path in shop.iterdir() if path.suffix == ".csv"]
    for number in ("first", "second"):
        out = scratch / number
        for name in ("staging", "batches"):
            (out / name).mkdir(parents=True)
        before = bytes_read()
        with opened(shop) as paths:
            merge.main(
                shop, out / "staging", out / "batches", out / "merged", out / "m.json"
            )
        read = bytes_read() - before
    size = sum(path.stat().st_size for path in files)
    counts = {"merge_raw_files_opened": len(paths)}
    if IO.exists():
        counts["merge_tenths_of_raw_bytes_read"] = round(10 * read / size)
    return counts


def bytes_read() -> int:
    """Bytes that this process has read so far by calls of the system; 0 where it does not say."""
    if not IO.exists():
        return 0
    return int(IO.read_text(encoding="ascii").split()[1])


_LISTENING: list[tuple[str, list[str]]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _LISTENING:
        for folder, paths in _LISTENING:
            path = arguments[0]
            if isinstance(path, str | Path) and str(path).startswith(folder):
                paths.append(str(path))


@contextmanager
def opened(folder: Path) -> Iterator[list[str]]:
    """The files of a folder that Python opens within, each time that it does."""
    if not getattr(opened, "hooked", False):
        sys.addaudithook(_hear)  # for the life of the process
        opened.hooked = True  # type: ignore[attr-defined]  # a mark
    entry = (str(folder), list[str]())
    _LISTENING.append(entry)
    try:
        yield entry[1]
    finally:
        _LISTENING.remove(entry)


# ---- loading ----
def packages(modules: str) -> set[str]:
    """Packages of others that a fresh Python has loaded after importing these modules."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(modules)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    known = {*sys.stdlib_module_names, *HOUSES, "runner", "__main__"}
    return {
        name
        for name in done.stdout.split()
        if name not in known and not name.startswith("_")
    }


def loading() -> Counts:
    """How many packages of others each stage and the runner's loop load at their start."""
    counts = {
        f"packages_of_{name}": len(packages(f"stages.{name}")) for name in graph()
    }
    return {**counts, "packages_of_runner": len(packages(RUNNER))}


# ---- DVC ----
def graph() -> dict[str, dict[str, list[object]]]:
    """The stages of dvc.yaml."""
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    stages: dict[str, dict[str, list[object]]] = YAML(typ="safe", pure=True).load(text)[
        "stages"
    ]
    return stages


def looked_at() -> Counts:
    """Deps and outs that DVC compares when there is nothing to do, once a stage that has them; and
    the source files below these deps.
    """
    deps = [str(dep) for stage in graph().values() for dep in stage["deps"]]
    outs = [
        out
        for stage in graph().values()
        for kind in ("outs", "metrics", "plots")
        for out in stage.get(kind, ())
    ]
    code = [dep for dep in deps if dep.startswith(("recsys", "stages"))]
    files = [path for dep in code for path in sources(ROOT / dep)]
    return {
        "dvc_deps": len(deps),
        "dvc_outs": len(outs),
        "dvc_source_files": len(files),
    }


def sources(path: Path) -> list[Path]:
    """The file itself, or all files of code in the folder."""
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*") if file.suffix in SOURCE]


# ---- compiling ----
def compiled() -> Counts:
    """Functions that numba compiles on a fresh clone, by their decorators."""
    count = 0
    for module in figures.modules(ROOT, "recsys", "stages", "ops"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                names = {decorator_name(each) for each in node.decorator_list}
                count += bool(names & COMPILED)
    return {"compiled_functions": count}


def decorator_name(node: ast.expr) -> str:
    """`njit` of @njit, @njit(cache=True) and @numba.njit(...)."""
    inner = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(inner).rpartition(".")[2]


# ---- all ----
def counted() -> Counts:
    """Every count, on a generated shop where it needs one."""
    with tempfile.TemporaryDirectory() as name:
        raw = Path(name) / "raw"
        generate.main([str(raw), *SHOP])
        read = reading(raw, Path(name))
        with prepared(raw, PARAMS) as shop:
            trained = training(shop)
    return {**trained, **read, **loading(), **looked_at(), **compiled()}


def bounds() -> dict[str, dict[str, object]]:
    """The bound of each count, and where to look when it is passed."""
    return tomllib.loads(BOUNDS.read_text(encoding="utf-8"))


def grown(counts: Counts, limits: dict[str, dict[str, object]]) -> list[str]:
    """A message for each count that is over its bound, has none, or counts nothing."""
    messages = []
    for name, count in counts.items():
        limit = limits.get(name)
        if limit is None:
            messages.append(
                f"{name}: {count}, but bench/speed/bounds.toml has no bound"
            )
        elif count > int(str(limit["bound"])):
            messages.append(
                f"{name} grew from {limit['bound']} to {count}: {limit['look']}"
            )
        elif count <= 0:
            messages.append(f"{name}: nothing was counted; mend bench/speed/counts.py")
    return messages


def main() -> int:
    """Print all counts; the exit status: 0, or 1 if one has grown."""
    counts, limits = counted(), bounds()
    for name, count in counts.items():
        print(f"{name:34}{count:8}   bound {limits.get(name, {}).get('bound', '-')}")
    messages = grown(counts, limits)
    print("\n".join(messages), file=sys.stderr)
    return bool(messages)


if __name__ == "__main__":
    sys.exit(main())
