"""The gate on real files: a first model, better, equal and worse recipes, a refresh, odd shops.

usage   python -m bench.gate.shops [RAW ...] [--out FILE]
reads   RAW             folders with a shop's three CSVs; the sample without any
writes  FILE            the verdicts with their reasons as Markdown; without one, to the terminal

Each shop is run by the commands of README in a scratch copy of the repository. The newest
twentieth of its reviews is kept back first, and dropped into data/staging for the refresh. A shop
of random taste has the same reviews, with products drawn anew; a small one has few customers.
"""

import csv
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ruamel.yaml import YAML

from bench import command_line
from bench.house.imports import ROOT
from bench.speed.cost import SHOWN
from bench.speed.project import Project, make_project

REVIEWS = "data_reviews_purchase.csv"
KEPT_BACK = 0.05  # of the reviews, the newest
FEW = 15  # customers of the small shop
OFF = {"search": "off"}
POOR = {
    "train_als": {
        "factors": 16,
        "iterations": 3,
        "hybrid": {"content": 0.0, "popularity": 2.0, "neighbours": 0.0},
        **OFF,
    },
    "train_bpr": {"epochs": 2, "loss": "bpr", **OFF},
}
SHIPPED: dict[str, dict[str, Any]] = {}
POOR_AGAIN = {name: {**section, "seed": 3} for name, section in POOR.items()}
EQUAL = {"train_als": {"iterations": 16}}  # one more
HEAD = """\
# The gate on real files

Made by `python -m bench.gate.shops`; what is done is said at the top of bench/gate/shops.py. The \
lines are those that `python runner.py promote` prints.
"""

Row = dict[str, str]


class Step(NamedTuple):
    """What is changed before `repro` and `promote`, and what it is an example of."""

    title: str
    change: Callable[[Project], None]


# ---- the shop's files ----
def read(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def write(path: Path, rows: Sequence[Row]) -> None:
    """A CSV file of these rows, with the columns of the first."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text, list(rows[0]), lineterminator="\n", extrasaction="ignore", restval=""
    )
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The rows in two: older ones as they stand, and the newest as a drop has them."""
    dates = sorted(row["cmt_date"] or "" for row in rows)
    limit = dates[int(len(dates) * (1 - KEPT_BACK))]
    old = [row for row in rows if (row["cmt_date"] or "") < limit]
    columns = ("user_id", "product_id", "rating", "comment")
    new = [
        {**{name: row[name] for name in columns}, "timestamp": row["cmt_date"]}
        for row in rows
        if (row["cmt_date"] or "") >= limit
    ]
    return old, new


def of_random_taste(rows: Sequence[Row], seed: int = 1) -> list[Row]:
    """The same reviews of products that are drawn anew: nobody has a taste."""
    drawn = np.random.default_rng(seed).permutation(len(rows)).tolist()
    pairs = zip(rows, drawn, strict=True)
    return [{**row, "product_id": rows[at]["product_id"]} for row, at in pairs]


def of_few(rows: Sequence[Row], few: int = FEW) -> list[Row]:
    """The reviews of the customers with most of them."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["user_id"]] = counts.get(row["user_id"], 0) + 1
    chosen = set(sorted(counts, key=lambda user: (-counts[user], user))[:few])
    return [row for row in rows if row["user_id"] in chosen]


# ---- what is run ----
def configured(
    sections: dict[str, dict[str, Any]],
) -> Callable[[Project], None]:
    """A change of params.yaml: the shipped one, with these keys of sections replaced."""

    def change(project: Project) -> None:
        yaml = YAML()
        yaml.preserve_quotes = True
        tree = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        for name, keys in sections.items():
            tree[name].update(keys)
        with (project.folder / "params.yaml").open("w", encoding="utf-8") as handle:
            yaml.dump(tree, handle)

    return change


def dropped(rows: Sequence[Row]) -> Callable[[Project], None]:
    """A change of the data: a finished drop, and the recipe of the champion."""

    def change(project: Project) -> None:
        configured(SHIPPED)(project)
        unfinished = project.staging / ".newest"
        write(unfinished, rows)
        unfinished.rename(project.staging / "newest.csv")

    return change


def promoted(project: Project) -> list[str]:
    """What `repro` and `promote` say of the gate. RuntimeError with what failed."""
    project.run("runner.py", "repro")
    done = subprocess.run(
        [sys.executable, "runner.py", "promote"],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 4):
        raise RuntimeError(f"{done.stdout}{done.stderr}"[-SHOWN:])
    kept = ("Gate:", "  - ", "Nothing", "error:")
    return [
        line
        for line in (done.stdout + done.stderr).splitlines()
        if line.startswith(kept)
    ]


def steps(newest: Sequence[Row]) -> list[Step]:
    """One after another, in one project."""
    return [
        Step("A first model, of a poor recipe", configured(POOR)),
        Step("A new recipe that is better", configured(SHIPPED)),
        Step("A new recipe that is equal: one more iteration", configured(EQUAL)),
        Step("A new recipe that is worse", configured(POOR_AGAIN)),
        Step("A refresh: the newest twentieth of the reviews", dropped(newest)),
    ]


def project_of(folder: Path, raw: Path, rows: Sequence[Row]) -> Project:
    """A copy of the repository with the shop of `raw`, of these reviews only."""
    project = make_project(folder)
    for name in ("data_product.csv", "data_product_attribute.csv"):
        shutil.copyfile(raw / name, project.raw / name)
    write(project.raw / REVIEWS, rows)
    return project


def shop_lines(raw: Path, scratch: Path) -> Iterator[str]:
    """The verdicts of one shop."""
    rows = read(raw / REVIEWS)
    old, new = split(rows)
    name = "the sample" if raw == ROOT / "data" / "sample" else raw.name
    yield f"\n## {name}: {len(rows):,} reviews\n"
    project = project_of(scratch / "shop", raw, old)
    for step in steps(new):
        step.change(project)
        yield from verdict_lines(step.title, project)
    for title, few in (
        ("A shop of random taste", of_random_taste(rows)),
        ("A shop of fifteen customers", of_few(rows)),
    ):
        other = project_of(scratch / title.replace(" ", "-"), raw, few)
        other.take_kernels(project.folder)
        yield from verdict_lines(title, other)


def verdict_lines(title: str, project: Project) -> Iterator[str]:
    """A title and what the gate says."""
    yield f"\n{title}\n\n```"
    yield from promoted(project)
    yield "```"


def report(folders: Sequence[Path]) -> Iterator[str]:
    """The report as lines of Markdown."""
    yield HEAD
    for raw in folders:
        with tempfile.TemporaryDirectory() as scratch:
            yield from shop_lines(raw.resolve(), Path(scratch))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 with what a program in it said."""
    parser = command_line.parser(__doc__)
    parser.add_argument("raw", nargs="*", type=Path, metavar="RAW")
    given = parser.parse_args(arguments)
    try:
        command_line.write_lines(
            report(given.raw or [ROOT / "data" / "sample"]), given.out
        )
    except (OSError, RuntimeError, KeyError) as error:
        print(f"bench.gate.shops: {str(error).strip()[-SHOWN:]}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
