"""Is drift quiet where nothing has changed, and found where it has? Years of simulated shops.

usage   python -m bench.drift.simulate [--years N] [--sizes N,N] [--shops NAME,NAME] [--times N]
                                       [--resamples N] [--only PART] [--folder FOLDER]
                                       [--evidently PYTHON]
            --years     quiet years of each row, 500 if not said
            --sizes     events a window, 50,100,1000,10000 if not said
            --times     plantings of each drift, 200 if not said
            --only      quiet, power or evidently: this part alone; the others, and rows of other
                        shops and sizes, stay
            --evidently the interpreter of a venv with Evidently (bench/drift/evidently_defaults.py)
reads   params.yaml     section drift
writes  FOLDER/drift.md, FOLDER/drift.json      bench/results if no FOLDER is named

A window is a week; a year has 52 of them, and a reference of 26 weeks before. The shops are those
of bench/drift/shops.py. Years go on from those that FOLDER/drift.json has.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.drift import years
from bench.drift.shop import QUIET
from bench.drift.shops import SHOPS
from bench.drift.years import FIXED, PLANTED
from bench.house.imports import ROOT
from bench.speed import machine
from recsys.drift.params import MEASURES, Params
from recsys.files.atomic import read_json, write_json, write_text
from recsys.program.command_line import PARAMS_FILE
from recsys.program.params import load

Row = dict[str, Any]
PARTS = ("quiet", "power", "evidently")
SIZES = (50, 100, 1_000, 10_000)
STEP = 10  # years after which a row is written
PEER_YEARS = 10  # of Evidently: it is slow
POWER_SIZE = 1_000
PROGRAM = ROOT / "bench/drift/evidently_defaults.py"
LIBRARIES = ("numpy", "scipy")


class Plan(NamedTuple):
    """What is simulated."""

    shops: Sequence[str]
    sizes: Sequence[int]
    years: int
    times: int
    evidently: str | None
    params: Params


def quiet(plan: Plan, former: Sequence[Row]) -> Iterator[Row]:
    """Quiet years of each shop and size, after those that are known, the small ones first; a row
    grows by STEP years.
    """
    rows = {(row["shop"], row["events_a_window"]): row for row in former}
    for size in sorted(plan.sizes):
        for begin in range(0, plan.years, STEP):
            for shop in plan.shops:
                row = rows.get((shop, size))
                if row and row["years"] >= begin + STEP:
                    continue
                span = range(begin, min(begin + STEP, plan.years))
                new = years.quiet(SHOPS[shop], size, span, plan.params)
                rows[shop, size] = row = together(row, new) if row else new
                print(f"quiet {shop} {size}: {row}", file=sys.stderr, flush=True)
                yield row


def together(one: Row, other: Row) -> Row:
    """Shares of some years and of others as shares of all; those of years are of whole years."""
    count = one["years"] + other["years"]
    found = dict(one)
    for name, value in one.items():
        if isinstance(value, float):
            totals = [value * one["years"], other[name] * other["years"]]
            if not name.endswith("_windows"):
                totals = [round(total) for total in totals]
            found[name] = round(sum(totals) / count, 4)
    return found | {"years": count}


def power(plan: Plan, _: Sequence[Row]) -> Iterator[Row]:
    """Planted drift at 1,000 events a window."""
    size = POWER_SIZE if POWER_SIZE in plan.sizes else plan.sizes[-1]
    for shop in plan.shops:
        for row in years.power(SHOPS[shop], size, plan.times, plan.params):
            print(row, file=sys.stderr)
            yield row


def evidently(plan: Plan, _: Sequence[Row]) -> Iterator[Row]:
    """Evidently's defaults on quiet years, and on planted drift."""
    if plan.evidently is None:
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = dict(_peer_files(plan, folder))
        out = folder / "told.json"
        command = [plan.evidently, str(PROGRAM), str(folder), str(out)]
        subprocess.run(command, check=True)
        told = json.loads(out.read_text())
    rows: dict[tuple[str, int, str], list[Any]] = {}
    for stem, key in names.items():
        rows.setdefault(key, []).append(told[stem])
    for (shop, size, planted), found in rows.items():
        yield _peer_row(shop, size, planted, found)


def _peer_row(shop: str, size: int, planted: str, found: list[Any]) -> Row:
    weeks = [week for one in found for week in one]
    by_column = {
        f"{name}_windows": years.share(
            np.array([name in week["columns"] for week in weeks])
        )
        for name in ("stars", "product", "quality")
    }
    return {
        "shop": shop,
        "planted": planted,
        "events_a_window": size,
        "runs": len(found),
        "any_column_windows": years.share(
            np.array([bool(w["columns"]) for w in weeks])
        ),
        "any_column_runs": years.share(
            np.array([any(week["columns"] for week in one) for one in found])
        ),
        "dataset_runs": years.share(
            np.array([any(week["dataset"] for week in one) for one in found])
        ),
        **by_column,
    }


def _peer_files(plan: Plan, folder: Path) -> Iterator[tuple[str, tuple[str, int, str]]]:
    """Write the windows that Evidently judges; each file's name, and what it is of."""
    count = min(plan.years, PEER_YEARS)
    for shop in plan.shops:
        kinds = [("", size, years.WEEKS, QUIET) for size in plan.sizes]
        size = POWER_SIZE if POWER_SIZE in plan.sizes else plan.sizes[-1]
        kinds += [(name, size, 2, change) for name, (_, change) in PLANTED.items()]
        for at, (planted, events, weeks, change) in enumerate(kinds):
            for run in range(count):
                stem = f"{shop}-{at}-{run}"
                span = plan.params.reference_weeks, weeks
                columns = years.windows_for_peers(
                    SHOPS[shop], events, run, span, change
                )
                np.savez(folder / f"{stem}.npz", **columns)  # type: ignore[arg-type]  # arrays by name
                yield stem, (shop, events, planted)


MAKERS = {"quiet": quiet, "power": power, "evidently": evidently}
WORDS = {
    "quiet": (
        "Quiet years",
        "Share of years in which any weekly look finds drift (`alarm`; at most 0.05 is wanted), "
        "in all and by measure; share of windows in which anything is flagged. Without an alarm in "
        "N years the share is below 3 / N (95 % confidence). `fixed_`: the same "
        f"of the former thresholds ({', '.join(f'{k} {v:g}' for k, v in FIXED.items())}), where "
        "one window over a limit is an alarm.",
    ),
    "power": (
        "Planted drift",
        "How often the measure that is to see it has the verdict drift after its first two windows "
        "(at least 0.9 is wanted), and how often anything is over a fixed threshold in two weeks.",
    ),
    "evidently": (
        "Evidently's defaults",
        f"DataDriftPreset on stars, product and quality of each week beside the reference, "
        f"at most {PEER_YEARS} `runs` a row (it is slow): share of windows in which a column "
        "drifts, of runs (52 quiet weeks, or the 2 after a planted change) in which any does, and "
        "in which the data set does (half of the columns).",
    ),
}


TRIED = (
    ("Welch's t for Student's", "a halved rate was found in 12 of 20 cases"),
    ("Welch's t, and weeks of a sale are not left out", "in 7 of 10"),
    ("new products: never there before", "an alarm in 3 of 3 years at 50 events"),
    ("new products: not in 13 weeks before", "in 4 of 30 at 100 events"),
    ("new users: not in 13 weeks before", "in 3 of 6 at 1,000 events"),
)


def tried() -> list[str]:
    """What is not done, with what came of it, as Markdown."""
    words = "Each by some years of the shop hasaki, seen while the tests were chosen."
    head = ["| instead of what is done | what came of it |", "|---|---|"]
    rows = [f"| {what} | {came} |" for what, came in TRIED]
    return ["## What was tried and left", "", words, "", *head, *rows, ""]


def markdown(found: dict[str, list[Row]], about: Row) -> str:
    """The tables as Markdown."""
    lines = ["# Drift: quiet years and planted drift", ""]
    lines += [f"Made by `{about['command']}`.", ""]
    lines += [
        "Shops are simulated (bench/drift/shop.py): customers come again and say much the same "
        "again, days and weeks are not Poisson. Their figures are fitted to real events and to the "
        "sample (bench/drift/shops.py). Windows are weeks; 26 weeks are the reference. "
        f"Resamples: at most {about['resamples']}.",
        "",
    ]
    lines += [*machine.lines(about["machine"]), ""]
    for part in PARTS:
        if rows := found.get(part):
            title, words = WORDS[part]
            lines += [f"## {title}", "", words, "", *_table(rows), ""]
    return "\n".join([*lines, *tried()])


def _table(rows: list[Row]) -> list[str]:
    head = list(rows[0])
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return lines + [f"| {' | '.join(map(_cell, row.values()))} |" for row in rows]


def _cell(value: object) -> str:
    return f"{value:,}" if type(value) is int else str(value)


def _joined(former: list[Row], new: list[Row]) -> list[Row]:
    """The rows, each in the place of a former one of the same shop, size and planting."""
    keys = ("shop", "events_a_window", "planted")

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row.get(each) for each in keys)

    by_key = {key(row): row for row in former} | {key(row): row for row in new}
    return list(by_key.values())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--years", type=int, default=500)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--shops", default=",".join(SHOPS))
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--resamples", type=int)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--evidently", metavar="PYTHON")
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    parser.add_argument("--folder", type=Path, default=ROOT / "bench" / "results")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    given = _parser().parse_args(arguments)
    params = load(Params, "drift", given.params)
    changes = {"shown_windows": years.WEEKS}
    if given.resamples:
        changes["resamples"] = given.resamples
    params = params.model_copy(update=changes)
    sizes = [int(size) for size in given.sizes.split(",")]
    plan = Plan(
        *(given.shops.split(","), sizes, given.years, given.times),
        *(given.evidently, params),
    )
    file = given.folder / "drift.json"
    found = read_json(file)["tables"] if file.exists() else {}
    about = {
        "command": "python -m bench.drift.simulate",
        "resamples": params.resamples,
        "measures": list(MEASURES),
        "machine": machine.machine(LIBRARIES),
    }
    for part in [given.only] if given.only else PARTS:
        former = found.get(part, [])
        for row in MAKERS[part](plan, former):
            former = found[part] = _joined(former, [row])
            # an hour is not lost by a kill
            write_json(file, {**about, "tables": found})
    write_text(given.folder / "drift.md", markdown(found, about))


if __name__ == "__main__":
    main()
