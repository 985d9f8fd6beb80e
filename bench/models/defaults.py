"""Choose the params that the project ships: one search over several shops, by validation folds.

usage   python -m bench.models.defaults DIR ... [--trials N] [--model als|bpr] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; data/sample, the sample shop, is always
                        among them
        params.yaml     sections merge, process, embed, train_als, train_bpr, tune (space, seed,
                        users, hybrid grid)
writes  FILE            the tables below as Markdown; without one, to the terminal

A trial is fitted on each shop without the positives of its validation fold and judged by the
geometric mean of their ndcg_at_10, with the one triple of hybrid weights that is best by it: a shop
with higher figures counts no more than another. The best AGAIN of them are then fitted with other
seeds, and their means decide: the best of many trials is flattered by chance. The test folds are
not read. What `runner.py tune` finds for one shop alone is better for it.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna

from bench import command_line
from bench.models.prepared import SAMPLE, prepared, shop_name
from ops.tuning import params as tune_params
from ops.tuning import space, trials
from ops.tuning.space import ModelParams, ModelType
from ops.tuning.study import distributions
from ops.tuning.task import written
from recsys.program.errors import ConfigError
from recsys.program.params import load
from recsys.program.progress import bar
from recsys.ranking import places

HYBRID = ("hybrid.content", "hybrid.popularity", "hybrid.neighbours")
SHOWN = 5
AGAIN = 15
SEEDS = 5
OBJECTIVE = "ndcg_at_10"
SMALLEST = 1e-9  # what a geometric mean takes for 0
HEAD = """\
# Which params are shipped

Made by `python -m bench.models.defaults`; how is said at the top of bench/models/defaults.py. \
ndcg_at_10 of the validation folds, with the hybrid score, means over {seeds} seeds.
"""


@dataclass(frozen=True)
class Tried:
    """A setting with its best hybrid weights, and ndcg_at_10 by shop."""

    params: ModelParams
    ndcg: np.ndarray  # (shops,)
    epochs: list[int | None]

    @property
    def value(self) -> float:
        """The geometric mean over the shops."""
        return float(geometric(self.ndcg))


def geometric(values: np.ndarray, axis: int | None = None) -> np.ndarray:
    """The geometric mean over an axis, or of all."""
    logs: np.ndarray = np.log(np.maximum(values, SMALLEST)).mean(axis=axis)
    return np.asarray(np.exp(logs))


def tried(
    params: ModelParams,
    folds: Sequence[trials.Fold],
    grid: tune_params.HybridGrid | None,
    seeds: Sequence[int],
) -> Tried:
    """Fit and judge on every shop, in the mean over seeds.

    With the best triple of hybrid weights of the grid; without a grid, with those of the params.
    """
    triples = [params.hybrid] if grid is None else space.triples(grid)
    values, epochs = np.zeros((len(folds), len(triples))), []
    for row, fold in enumerate(folds):
        for seed in seeds:
            seeded = params.model_copy(update={"seed": seed})
            found, needed = trials.ranked(seeded, fold, triples)
            values[row] += places.gains(found, OBJECTIVE).mean(axis=1) / len(seeds)
        epochs.append(needed)
    best = int(np.argmax(geometric(values, axis=0)))
    return Tried(
        params.model_copy(update={"hybrid": triples[best]}), values[:, best], epochs
    )


def search(
    present: ModelParams,
    tune: tune_params.Params,
    folds: Sequence[trials.Fold],
    total: int,
) -> Iterator[Tried]:
    """`total` trials by Optuna's TPE over the space of params.yaml.

    Those that grow beyond bounds are left out. The penalty of als means the typical row of the
    first shop.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=tune.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    choices = distributions(space.space(tune, present))
    with bar("defaults", total) as progress:
        for _ in range(total):
            trial = study.ask(choices)
            try:
                settings = space.settings(
                    trial.params, present, folds[0].known.confidence
                )
                done = tried(settings, folds, tune.hybrid, [present.seed])
            except ConfigError:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            else:
                study.tell(trial, done.value)
                yield done
            progress.update()


def table(
    name: ModelType,
    now: Tried,
    best: Sequence[Tried],
    shops: Sequence[str],
    keys: Sequence[str],
) -> list[str]:
    """Markdown lines: the params of params.yaml, then the best trials."""
    has_epochs = name == "bpr"
    head = ["", *shops, "geometric mean", *keys, *(["epochs"] if has_epochs else [])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    places = [
        ("params.yaml", now),
        *((str(place), one) for place, one in enumerate(best, 1)),
    ]
    for label, one in places:
        flat = space.flattened(one.params.model_dump())
        values = [f"{value:.4f}" for value in (*one.ndcg, one.value)]
        cells = [label, *values, *(f"{flat[key]:g}" for key in keys)]
        if has_epochs:
            cells.append(" / ".join(map(str, one.epochs)))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def model_lines(
    name: ModelType,
    tune: tune_params.Params,
    folds: Sequence[trials.Fold],
    shops: Sequence[str],
    total: int,
    params: Path,
) -> list[str]:
    """Markdown lines of one model: what `total` trials have found."""
    present = load(space.SECTIONS[name], f"train_{name}", params)
    seeds = [present.seed + step for step in range(SEEDS)]
    first = sorted(search(present, tune, folds, total), key=by_value)[:AGAIN]
    again = [tried(one.params, folds, tune.hybrid, seeds) for one in first]
    best = sorted(again, key=by_value)[:SHOWN]
    now = tried(present, folds, None, seeds)
    keys = [*written(space.space(tune, present)), *HYBRID]
    return [f"## {name}, {total} trials", "", *table(name, now, best, shops, keys), ""]


def by_value(one: Tried) -> float:
    """The key by which the best comes first."""
    return -one.value


def report(
    folders: Sequence[Path], models: Sequence[ModelType], total: int, params: Path
) -> str:
    """All tables as Markdown."""
    tune = load(tune_params.Params, "tune", params)
    shops = [shop_name(folder) for folder in folders]
    lines = [HEAD.format(seeds=SEEDS)]
    with ExitStack() as stack:
        folds = [
            trials.fold(
                stack.enter_context(prepared(folder, params)).inputs, tune.users
            )
            for folder in folders
        ]
        for name in models:
            lines += model_lines(name, tune, folds, shops, total, params)
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument(
        "--trials", type=int, default=150, metavar="N", help="of each model"
    )
    parser.add_argument("--model", choices=("als", "bpr"), help="both if none is named")
    given = parser.parse_args(arguments)
    models: list[ModelType] = [given.model] if given.model else ["als", "bpr"]
    folders = [SAMPLE, *given.folders]
    command_line.write(report(folders, models, given.trials, given.params), given.out)


if __name__ == "__main__":
    main()
