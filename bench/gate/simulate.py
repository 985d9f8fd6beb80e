"""What gate and court let through, simulated: years of weeks in a shop whose truth is known.

usage   python -m bench.gate.simulate [--years N] [--quick] [--only TABLE] [--params FILE]
                                      [--folder FOLDER]
            --years     of each row, 200 if not said; rows of rare events take ten times as many
            --quick     two years of each, of few users
            --only      this table anew; the others stay as they are in FOLDER/gate.json
reads   params.yaml     sections gate and court
writes  FOLDER/gate.md, FOLDER/gate.json    bench/results if no FOLDER is named

The shop is bench/gate/shop.py: every user's value, each week; nothing is taken from a formula. The
verdicts are the gate's own, with all guardrails, popularity and the ledger of the year.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bench.gate import hearings, recipes, refreshes
from bench.gate.judged import POPULARITY, question
from bench.gate.shop import HIT, MEAN, SPREAD, Shop
from bench.house.imports import ROOT
from bench.speed import machine
from recsys.files.atomic import read_json, write_json, write_text
from recsys.program.command_line import PARAMS_FILE
from recsys.program.params import load
from recsys.program.seeds import generator
from recsys.statistics import court, gate

SEED = 7
RARE = 10  # times as many years where the event is rare
ROUNDS = 200  # tests a year of --years, where no year is simulated
LIBRARIES = ("numpy", "scipy")
BUYERS = (  # chance of another pair in a week, who returns, and are they heard again
    *((0.0, 0.0, False), (0.7, 0.0, False), (0.0, 0.25, False), (0.0, 0.5, False)),
    *((0.7, 0.5, False), (0.0, 0.5, True)),
)


@dataclass(frozen=True)
class Plan:
    """How much is simulated, and by which params."""

    years: int
    sizes: tuple[int, ...]
    gate: gate.Params
    court: court.Params

    @property
    def some(self) -> tuple[int, ...]:
        """All sizes but the largest, where no more is to be learnt for the time it takes."""
        return self.sizes[:-1]

    @property
    def part(self) -> float:
        """What a new recipe is tested at."""
        return self.gate.alpha_a_year / self.gate.tries_per_year


Row = dict[str, Any]


def equal_recipes(plan: Plan) -> Iterator[Row]:
    """A/A: an equal new recipe each week."""
    for users in plan.some:
        for candidates in (1, 2):
            years = RARE * plan.years
            yield recipes.equal_recipes(users, candidates, years, SEED, plan.gate)


def random_taste(plan: Plan) -> Iterator[Row]:
    """A first model each week that is as good as popularity."""
    for users in plan.some:
        yield recipes.random_taste(users, RARE * plan.years, SEED, plan.gate)


def best_of_two(plan: Plan) -> Iterator[Row]:
    """The better of two equal models, tested."""
    users = plan.sizes[min(1, len(plan.sizes) - 1)]
    rounds = ROUNDS * plan.years
    for level in (plan.gate.level, plan.part):
        yield recipes.best_of_two(users, rounds, SEED, level)


def levels(plan: Plan) -> Iterator[Row]:
    """The level that the test has, from few users on."""
    sizes = (20, 50, 100, *plan.some)
    yield from recipes.levels(sizes, ROUNDS * plan.years, SEED, plan.gate)


def power(plan: Plan) -> Iterator[Row]:
    """Better recipes."""
    yield from recipes.power(plan.sizes, 2 * plan.years, SEED, plan.part)


def chains(plan: Plan) -> Iterator[Row]:
    """Refreshes that are worse, and equal ones."""
    for chain in refreshes.chains(plan.sizes):
        rare = chain.anchored and chain.step == 0.25
        years = plan.years * (RARE // 2 if rare else 1)
        yield refreshes.row(refreshes.outcome(chain, years, SEED, plan.gate))


def pooled(plan: Plan) -> Iterator[Row]:
    """Equal refreshes with one and with three test items of a user."""
    for chain in refreshes.pooled(plan.sizes[1:] or plan.sizes):
        found = refreshes.outcome(chain, plan.years, SEED, plan.gate)
        yield refreshes.pooled_row(found)


def false_alarms(plan: Plan) -> Iterator[Row]:
    """The court where champion and former champion are equal."""
    for users in plan.some:
        for promoted, returning, again in BUYERS:
            weeks = hearings.Weeks(users, 0.0, promoted, returning, again)
            yield hearings.alarms(weeks, plan.years, SEED, plan.court)


def noticed(plan: Plan) -> Iterator[Row]:
    """The court where the champion is worse."""
    for users in (100, *plan.some):
        for loss in (0.05, 0.1, 0.2):
            weeks = hearings.Weeks(users, loss)
            yield hearings.alarms(weeks, plan.years, SEED, plan.court)


def cost(plan: Plan) -> Iterator[Row]:
    """CPU of one verdict and of one hearing."""
    for users in plan.sizes:
        shop = Shop(users, generator(SEED, users))
        models = [shop.model(1.0) for _ in range(3)]
        asked = question(shop, "refresh", 0, *models, shop.model(POPULARITY))
        ids = "champion", "former"
        week = court.Hearing(2026, *ids, asked.challenger, asked.popularity)
        case = court.opened("former", week)
        yield {
            "users": users,
            "gate_ms": _ms(lambda: gate.decide(asked, [], plan.gate)),  # noqa: B023 - called at once
            "court_ms": _ms(lambda: court.heard(case, week, plan.court)),  # noqa: B023 - called at once
        }


def _ms(call: Callable[[], object]) -> float:
    """CPU milliseconds of a call, of ten."""
    begin = time.process_time()
    for _ in range(10):
        call()
    return round((time.process_time() - begin) * 100, 1)


class Table(NamedTuple):
    """A table of the results: its title, what makes its rows, and what they say."""

    title: str
    rows: Callable[[Plan], Iterator[Row]]
    words: str


TABLES = {
    "recipes": Table(
        "Equal new recipes, one each week",
        equal_recipes,
        "Share of years in which one of them is said to be better than the champion "
        "(`false_better`; at most `gate.alpha_a_year`), and in which a test at .05 each week "
        "says so. Of two `candidates` the better on the validation fold is tried.",
    ),
    "taste": Table(
        "A shop of random taste",
        random_taste,
        "No champion, and each week a first model that is as good as the popularity list: share of "
        "years in which one is promoted. The others are held.",
    ),
    "two": Table(
        "The better of two equal models",
        best_of_two,
        "How often it is said to be better than an equal champion, by what it was chosen: the test "
        "itself, or another item of the same users (the validation fold).",
    ),
    "levels": Table(
        "The level of the test",
        levels,
        "Share of equal models that are said to be better at `gate.level`, and at the part of a "
        "try. Below 50 users that differ signs are flipped, else it is the paired t test.",
    ),
    "power": Table(
        "Power",
        power,
        "Share of new recipes that pass, by how much better they are (columns).",
    ),
    "refreshes": Table(
        "Refreshes",
        chains,
        "52 weeks; each refresh is worse than the champion by `step` margins, 0 is an equal one. "
        "`margin`: share of the quality. `promoted`: share of the weeks. `margins_below`: how far "
        "production is below the anchor after the year, in margins: median, and what 95 % of years "
        "are not beyond (`kept`: at most 1.2). `quality` is that fifth percentile beside the "
        "anchor's 1. `anchored` False: compared with the champion alone. `renewed` 1: other users "
        "each week. `likeness` 0.9: a refresh is mostly the champion again.",
    ),
    "pooled": Table(
        "Three test items of a user",
        pooled,
        "Equal refreshes where the mean of a user's last three positives counts.",
    ),
    "alarms": Table(
        "The court: false alarms",
        false_alarms,
        "Champion and former champion are equal: share of years with an alarm (at most "
        "`court.level`). `promoted`: chance of another pair in a week. `returning`: share of a "
        "week's users who bought the same the week before, with the same outcome: the worst case. "
        "`again`: they are heard again, which the court does not do.",
    ),
    "noticed": Table(
        "The court: what it notices",
        noticed,
        "The champion is worse by `loss`: share of years with an alarm, and its week.",
    ),
    "cost": Table(
        "Cost, CPU milliseconds", cost, "One verdict on a refresh, one hearing."
    ),
}


def report(plan: Plan, names: Sequence[str]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each of these tables, by its name; each is told when it is done."""
    for name in names:
        begin = time.process_time()
        rows = list(TABLES[name].rows(plan))
        spent = time.process_time() - begin
        print(f"{name}: {spent:.0f} CPU s", file=sys.stderr, flush=True)
        yield name, rows


def markdown(tables: dict[str, list[Row]], about: Row) -> str:
    """The tables as Markdown."""
    lines = ["# What the gate and the court let through", ""]
    lines += [f"Made by `python -m bench.gate.simulate --years {about['years']}`.", ""]
    lines += [
        f"A simulated shop (bench/gate/shop.py): {1 - HIT:.0%} of the users have 0, the mean is "
        f"{MEAN}, the difference of two equal models has a standard deviation of {SPREAD}; 5 % of "
        f"the users are others each week unless a row says more. Seed {SEED}. Rare events are "
        f"counted over {RARE} times as many years (`years`), chains of a quarter over "
        f"{RARE // 2} times as many.",
        "",
    ]
    lines += [*machine.lines(about["machine"]), ""]
    for name, table in TABLES.items():
        lines += [f"## {table.title}", "", table.words, "", *_table(tables[name]), ""]
    return "\n".join(lines)


def _table(rows: list[Row]) -> list[str]:
    head = list(rows[0])
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return lines + [f"| {' | '.join(map(_cell, row.values()))} |" for row in rows]


def _cell(value: object) -> str:
    return "" if value is None else f"{value:,}" if type(value) is int else str(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--years", type=int, default=200)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=list(TABLES), metavar="TABLE")
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    parser.add_argument("--folder", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    years = 2 if given.quick else given.years
    sizes = (60, 120) if given.quick else (300, 1_000, 5_000, 40_000)
    gate_params = load(gate.Params, "gate", given.params)
    plan = Plan(years, sizes, gate_params, load(court.Params, "court", given.params))
    about = {"years": years, "seed": SEED, "machine": machine.machine(LIBRARIES)}
    file = given.folder / "gate.json"
    tables = read_json(file)["tables"] if given.only else {}
    for name, rows in report(plan, [given.only] if given.only else list(TABLES)):
        tables[name] = rows
        write_json(file, {**about, "tables": tables})  # an hour is not lost by a kill
    write_text(given.folder / "gate.md", markdown(tables, about))


if __name__ == "__main__":
    main()
