"""A fit of ALS by this machine and by Spark on it, over the matrices of a project, in turn.

usage   python -m bench.speed.als_engines PROJECT [--iterations N] [--factors N] [--master MASTER]
            [--memory 8g] [--out FILE]
            PROJECT         a folder where process and embed have run
            --iterations    of each fit, 5 if not said: time grows with them
            --factors       of each fit, 64 if not said
writes  FILE            the table as Markdown; without one, to the terminal, line by line

Nothing is searched and nothing is judged: one fit of all users, and what train_als does around it.
Wall and CPU seconds and peak resident memory are of the process and its children, so of the JVM.
It needs the extra [spark] and Java 17.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import command_line
from bench.speed.cost import Cost, cost_of
from bench.speed.engines import Asked, params, where
from recsys.dataset.folder import read_ids, read_interactions

ENGINES = ("local", "spark")
PLAIN = {"search": "off", "cold_start": "off", "new_item_places": 0}
HEAD = "| engine | wall s | CPU s | peak MB |\n|---|---|---|---|"


def only_a_fit(iterations: int, factors: int) -> dict[str, Any]:
    """Keys of `train_als`: one fit, and nothing else."""
    return PLAIN | {"iterations": iterations, "factors": factors}


def run(project: Path, out: Path, settings: Path) -> Cost:
    """train_als, from nothing."""
    data, vectors = project / "data/processed", project / "data/embeddings/items.npz"
    places = map(str, (data, vectors, out / "mlruns", out / "als"))
    return cost_of("-m", "stages.train_als", *places, "--params", str(settings))


def lines(
    folder: Path, project: Path, asked: Asked, fit: Mapping[str, Any]
) -> Iterator[str]:
    """The lines of the table, as they come; `fit` are keys of `train_als`."""
    processed = project / "data/processed"
    known = read_interactions(processed, read_ids(processed)).binary
    users, items = known.shape
    yield from where(asked)
    yield (
        f"{fit['iterations']} iterations with {fit['factors']} factors over {known.nnz:,} "
        f"positives of {users:,} users and {items:,} items.\n"
    )
    yield HEAD
    for name in ENGINES:
        out = folder / name
        out.mkdir()
        cost = run(project, out, params(folder, name, asked, fit))
        yield f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak:,} |"


def main(arguments: Sequence[str]) -> int:
    """Run the command line; its exit status: 0, or 2 for a folder that is no such project."""
    parser = command_line.parser(__doc__)
    parser.add_argument("project", type=Path, metavar="PROJECT")
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--factors", type=int, default=64)
    parser.add_argument("--master", default="local[*]")
    parser.add_argument("--memory", default="8g")
    given = parser.parse_args(arguments)
    project = given.project.resolve()
    asked = Asked(given.master, given.memory)
    fit = only_a_fit(given.iterations, given.factors)
    for needed in ("data/processed", "data/embeddings/items.npz"):
        if not (project / needed).exists():
            print(
                f"bench.speed.als_engines: {project / needed}: missing", file=sys.stderr
            )
            return 2
    with tempfile.TemporaryDirectory() as folder:
        command_line.write_lines(lines(Path(folder), project, asked, fit), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
