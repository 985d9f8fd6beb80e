"""Choose the params that the project ships: one search over several shops, by their validation
folds.

usage   python -m bench.models.defaults DIR ... [--trials N] [--model als|bpr] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; data/raw, the sample shop, is always among them
        params.yaml     sections merge, process, embed, train_als, train_bpr, tune (space, seed, users, hybrid grid)
writes  FILE            the tables below as Markdown; without one, to the terminal

A trial is fitted on each shop without the positives of its validation fold and judged by the
geometric mean of their ndcg_at_10, with the one pair of hybrid weights that is best by it: a shop
with higher figures counts no more than another. The best AGAIN of them are then fitted with other
seeds, and their means decide: the best of many trials is flattered by chance. The test folds are
not read. What `runner.py tune` finds for one shop alone is better for it.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna

from bench.models.prepared import prepared
from ops.tuning import params as tune_params
from ops.tuning import space, trials
from ops.tuning.space import ModelParams, ModelType
from ops.tuning.study import distributions, written
from recsys.files.atomic import write_text
from recsys.program.command_line import PARAMS_FILE
from recsys.program.errors import ConfigError
from recsys.program.params import load
from recsys.program.progress import bar

SAMPLE = Path("data/raw")
SHOWN = 5
AGAIN = 15
SEEDS = 5
OBJECTIVE = "ndcg_at_10"


@dataclass(frozen=True)
class Tried:
    """A setting with its best hybrid weights, and ndcg_at_10 by shop."""

    params: ModelParams
    ndcg: np.ndarray  # (shops,)
    epochs: list[int | None]

    @property
    def value(self) -> float:
        return geometric(self.ndcg)


def geometric(values: np.ndarray, axis: int | None = None) -> float:
    """The geometric mean."""
    return np.exp(np.log(np.maximum(values, 1e-9)).mean(axis=axis))


def tried(
    params: ModelParams,
    folds: Sequence[trials.Fold],
    grid: tune_params.HybridGrid | None,
    seeds: Sequence[int],
) -> Tried:
    """Fit and judge on every shop, in the mean over seeds; with the weights of the params if there
    is no grid.
    """
    pairs = [params.hybrid] if grid is None else space.pairs(grid)
    values, epochs = np.zeros((len(folds), len(pairs))), []
    for row, fold in enumerate(folds):
        for seed in seeds:
            places, needed = trials.ranked(params.model_copy(update={"seed": seed}), fold, pairs)
            values[row] += trials.gains(places, OBJECTIVE).mean(axis=1) / len(seeds)
        epochs.append(needed)
    best = int(np.argmax(geometric(values, axis=0)))
    return Tried(params.model_copy(update={"hybrid": pairs[best]}), values[:, best], epochs)


def search(
    present: ModelParams, tune: tune_params.Params, folds: Sequence[trials.Fold], total: int
) -> Iterator[Tried]:
    """`total` trials by Optuna's TPE over the space of params.yaml; those that grow beyond bounds
    are left out.

    The penalty of als means the typical row of the first shop.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=tune.seed)
    )
    ways = distributions(space.space(tune, present))
    with bar("defaults", total) as progress:
        for _ in range(total):
            trial = study.ask(ways)
            try:
                found = tried(
                    space.settings(trial.params, present, folds[0].known.confidence),
                    folds,
                    tune.hybrid,
                    [present.seed],
                )
            except ConfigError:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            else:
                study.tell(trial, found.value)
                yield found
            progress.update()


def table(
    name: ModelType, now: Tried, best: Sequence[Tried], shops: Sequence[str], keys: Sequence[str]
) -> list[str]:
    """Markdown lines: the params of params.yaml, then the best trials."""
    head = ["", *shops, "geometric mean", *keys, *(["epochs"] if name == "bpr" else [])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for label, one in [
        ("params.yaml", now),
        *((str(place), row) for place, row in enumerate(best, 1)),
    ]:
        flat = space.flattened(one.params.model_dump())
        cells = [
            label,
            *(f"{value:.4f}" for value in (*one.ndcg, one.value)),
            *(f"{flat[key]:g}" for key in keys),
        ]
        cells += [" / ".join(map(str, one.epochs))] if name == "bpr" else []
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def report(folders: Sequence[Path], models: Sequence[ModelType], total: int, params: Path) -> str:
    tune = load(tune_params.Params, "tune", params)
    lines = [
        "# Which params are shipped",
        "",
        "Made by `python -m bench.models.defaults`; how is said at the top of bench/models/defaults.py. ndcg_at_10 of the validation "
        f"folds, with the hybrid score, means over {SEEDS} seeds.",
        "",
    ]
    with ExitStack() as stack:
        folds = [
            trials.fold(stack.enter_context(prepared(folder, params)).inputs, tune.users)
            for folder in (SAMPLE, *folders)
        ]
        for name in models:
            present = load(space.SECTIONS[name], f"train_{name}", params)
            seeds = [present.seed + step for step in range(SEEDS)]
            first = sorted(search(present, tune, folds, total), key=lambda one: -one.value)[:AGAIN]
            again = [tried(one.params, folds, tune.hybrid, seeds) for one in first]
            best = sorted(again, key=lambda one: -one.value)[:SHOWN]
            now = tried(present, folds, None, seeds)
            keys = [*written(space.space(tune, present)), "hybrid.content", "hybrid.popularity"]
            shops = ["sample", *(folder.name for folder in folders)]
            lines += [f"## {name}, {total} trials", "", *table(name, now, best, shops, keys), ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--trials", type=int, default=150)
    parser.add_argument("--model", choices=("als", "bpr"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    given = parser.parse_args(arguments)
    text = report(
        given.folders, [given.model] if given.model else ["als", "bpr"], given.trials, given.params
    )
    write_text(given.out, text) if given.out else print(text)


if __name__ == "__main__":
    main()
