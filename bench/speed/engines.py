"""merge and process by this machine and by Spark on it, over shops of several sizes, in turn.

usage   python -m bench.speed.engines [--sizes N,N,N] [--master MASTER] [--memory 4g] [--comments]
            [--out FILE]
            --sizes     reviews of each shop; 165,000, 1,650,000 and 16,500,000 if not said (the
                        file has a fifth more rows)
            --comments  with comments
writes  FILE            the table as Markdown; without one, to the terminal, line by line

Every program runs in a process of its own, the JVM and the workers of Python are its children: the
table shows wall seconds, CPU seconds and peak resident memory of all together, and whether the outs
are the same bytes. It needs the extra [spark] and Java 17.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bench import command_line
from bench.house.imports import ROOT
from bench.speed.cost import Cost, cost_of
from bench.speed.floor import make_shop
from bench.speed.growth import SIZES
from bench.speed.machine import cpu_model, usable_cores, version
from recsys.files.atomic import sha256_of

PRODUCTS = "5000"
STAGES = ("merge", "process")
HEAD = "| rows | stage | engine | wall s | CPU s | peak MB | outs |\n|---|---|---|---|---|---|---|"
SAME = {True: "the same", False: "OTHERS"}


@dataclass(frozen=True)
class Asked:
    """How Spark is asked for."""

    master: str
    memory: str
    comments: bool = False


def params(
    folder: Path, name: str, asked: Asked, train_als: Mapping[str, Any] | None = None
) -> Path:
    """The shipped params with this engine, and with these keys of `train_als` for both engines."""
    yaml = YAML()
    tree = yaml.load(ROOT / "params.yaml")
    tree["engine"] |= {"name": name, "master": asked.master, "memory": asked.memory}
    section, given = tree["train_als"], train_als or {}
    section |= given
    section["spark"] |= {key: given[key] for key in given if key in section["spark"]}
    path = folder / f"{name}.yaml"
    yaml.dump(tree, path)
    return path


def where(asked: Asked) -> Iterator[str]:
    """The machine, and how Spark is asked for."""
    yield f"{usable_cores()} cores of {cpu_model()}; pyspark {version('pyspark')}, "
    yield f"engine.master: {asked.master}, engine.memory: {asked.memory}.\n"


def run(stage: str, shop: Path, out: Path, settings: Path) -> Cost:
    """A stage, from nothing."""
    merge = [*(shop / name for name in ("raw", "staging", "batches"))]
    merge += [out / "merged", out / "merge.json"]
    process = [out / "merged", out / "quality.bin", out / "processed"]
    places = map(str, merge if stage == "merge" else process)
    return cost_of("-m", f"stages.{stage}", *places, "--params", str(settings))


def hashes(out: Path, stage: str) -> dict[str, str]:
    """sha256 of each out of a stage, by name."""
    folder = out / {"merge": "merged", "process": "processed"}[stage]
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir())}


def lines(folder: Path, sizes: Sequence[int], asked: Asked) -> Iterator[str]:
    """The lines of the table, as they come."""
    yield from where(asked)
    yield HEAD
    for size in sizes:
        shop = folder / str(size)
        shop.mkdir()
        options = ["--reviews", str(size), "--products", PRODUCTS]
        bare = [] if asked.comments else ["--no-comments"]
        rows = make_shop(shop, *options, *bare) - 1
        for stage in STAGES:
            made = []
            for name in ("local", "spark"):
                out = shop / name
                cost = run(stage, shop, out, params(shop, name, asked))
                made.append(hashes(out, stage))
                same = "" if len(made) == 1 else SAME[made[0] == made[1]]
                yield (
                    f"| {rows:,} | {stage} | {name} | {cost.wall:.1f} | {cost.cpu:.1f} | "
                    f"{cost.peak:,} | {same} |"
                )


def main(arguments: Sequence[str]) -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--master", default="local[*]")
    parser.add_argument("--memory", default="4g")
    parser.add_argument("--comments", action="store_true")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",")]
    asked = Asked(given.master, given.memory, given.comments)
    with tempfile.TemporaryDirectory() as folder:
        command_line.write_lines(lines(Path(folder), sizes, asked), given.out)


if __name__ == "__main__":
    main(sys.argv[1:])
