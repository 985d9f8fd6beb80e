"""A blend of ALS, sampled softmax and neighbours on the Gowalla split, beside each of both alone.

usage   python -m bench.models.gowalla_blend DIR [--seeds N] [--out FILE]
reads   DIR/train.txt, DIR/test.txt     as bench/models/gowalla.py has them
        params.yaml                     sections train_als, train_bpr: what the settings leave out
writes  FILE                            the table below as Markdown; without one, to the terminal

Both are fitted by the settings of bench/models/gowalla.py, once for each of N seeds. How much of
ALS is in the sum and what neighbours weigh beside it is chosen by ndcg_at_20 of JUDGES users on a
tenth of each user's training items; so is what neighbours weigh beside ALS, or softmax, alone. The
test is read once. The score is that of a blend as it serves (recsys/models/blended.py,
recsys/ranking/hybrid.py). Metrics are means over seeds and users; the difference from the better
one of both alone has a 95 % interval by a paired bootstrap over users.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models import gowalla
from bench.models.comparison import difference
from bench.models.gowalla import CUTOFF, Split
from recsys.als import fit as als
from recsys.als.params import Params as AlsParams
from recsys.bpr.params import Params as BprParams
from recsys.dataset.interactions import some_users
from recsys.dataset.sparse import taken_out
from recsys.models.model import Trained
from recsys.program.params import load
from recsys.ranking import metrics
from recsys.ranking.hybrid import z_scores
from recsys.ranking.neighbours import item_neighbours, neighbour_scores
from recsys.softmax import fit as softmax
from recsys.softmax.params import Params as SoftmaxParams

SEEDS, FIRST_SEED = 3, 42
JUDGES = 4000
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of ALS
NEIGHBOURS = (0.0, 0.25, 0.5, 1.0, 2.0)
MEASURES = (f"recall_at_{CUTOFF}", f"ndcg_at_{CUTOFF}")
HEAD = """\
# A blend on Gowalla

Made by `python -m bench.models.gowalla_blend`; what is measured and how is said at its top.
"""


class Sum(NamedTuple):
    """What is added up."""

    share: float  # of als; softmax has the rest
    neighbours: float  # beside the z-scored sum of both


GRID = [Sum(share, weight) for share in SHARES for weight in NEIGHBOURS]
# what is compared: which sums it is chosen from
KINDS: Mapping[str, Sequence[Sum]] = {
    "ALS": [one for one in GRID if one.share == 1],
    "softmax": [one for one in GRID if one.share == 0],
    "blend": [one for one in GRID if 0 < one.share < 1],
}
PerUser = dict[Sum, np.ndarray]  # MEASURES of each user, (users, 2) float64


@dataclass(frozen=True)
class Both:
    """Two fits on the same interactions, csr (users, items)."""

    known: csr_matrix
    als: Trained
    softmax: Trained

    def measured(self, wanted: csr_matrix, sums: Sequence[Sum]) -> PerUser:
        """What each sum is worth to the users of `wanted` (users, items)."""
        near = item_neighbours(self.known)

        def scores_of(users: np.ndarray) -> dict[str, np.ndarray]:
            of_als, of_softmax = (
                z_scores(one.score(users)) for one in (self.als, self.softmax)
            )
            beside = z_scores(neighbour_scores(self.known[users], near))
            found = {}
            for at, one in enumerate(sums):
                share = np.float32(one.share)
                both = z_scores(share * of_als + (1 - share) * of_softmax)
                found[str(at)] = both + np.float32(one.neighbours) * beside
            return found

        each = metrics.evaluate_each(scores_of, self.known, wanted, [CUTOFF])
        return {
            one: np.column_stack([each[str(at)][0][name] for name in MEASURES])
            for at, one in enumerate(sums)
        }


def fitted(known: csr_matrix, params: Path, seed: int) -> Both:
    """Both on `known`, by the settings of bench/models/gowalla.py."""
    more = gowalla.ALS | {"seed": seed}
    of_als = load(AlsParams, "train_als", params).model_copy(update=more)
    nothing = csr_matrix(known.shape, dtype=np.float32)
    section = load(BprParams, "train_bpr", params).softmax
    own = SoftmaxParams.model_validate(section.model_dump() | gowalla.SOFTMAX)
    temperature = gowalla.SOFTMAX["temperature"]
    return Both(
        known,
        als.fit(known, nothing, None, of_als),
        softmax.fit(known, own, temperature, seed, epochs=own.epochs),
    )


def best_of(found: PerUser, sums: Sequence[Sum]) -> Sum:
    """The sum with the highest mean ndcg; of equal ones the first."""
    return max(sums, key=lambda one: float(found[one][:, 1].mean()))


class Run(NamedTuple):
    """What one seed gave: what was chosen of each kind, and its metrics on the test."""

    chosen: dict[str, Sum]
    values: dict[str, np.ndarray]  # (users, 2), by kind
    seconds: float  # of CPU, of both fits on all training items


def run(split: Split, test: csr_matrix, seed: int) -> Run:
    """Choose on the held-out tenth, fit on all, measure."""
    known = taken_out(split.train, split.held_out)
    of_fold = fitted(known, split.params, seed)
    judged = of_fold.measured(some_users(split.held_out, JUDGES), GRID)
    chosen = {kind: best_of(judged, sums) for kind, sums in KINDS.items()}
    begin = time.process_time()
    whole = fitted(split.train, split.params, seed)
    seconds = time.process_time() - begin
    found = whole.measured(test, list(chosen.values()))
    values = {kind: found[one] for kind, one in chosen.items()}
    told = ", ".join(
        f"{kind} {one.share:g}/{one.neighbours:g} {values[kind].mean(axis=0).round(4)}"
        for kind, one in chosen.items()
    )
    print(f"seed {seed}: {told}; {seconds:.0f} s", file=sys.stderr, flush=True)
    return Run(chosen, values, seconds)


def lines_of(runs: Sequence[Run]) -> Iterator[str]:
    """The table, Markdown."""
    yield (
        "| model | metric | mean | seeds | over the better one alone [95 %] "
        "| share of ALS/neighbours |"
    )
    yield "|---" * 6 + "|"
    means = {
        kind: np.mean([one.values[kind] for one in runs], axis=0) for kind in KINDS
    }
    alone = max(("ALS", "softmax"), key=lambda kind: float(means[kind][:, 1].mean()))
    for kind, values in means.items():
        told = ", ".join(
            f"{one.chosen[kind].share:g}/{one.chosen[kind].neighbours:g}"
            for one in runs
        )
        for at, metric in enumerate(MEASURES):
            by_seed = [one.values[kind][:, at].mean() for one in runs]
            spread = f"{min(by_seed):.4f} to {max(by_seed):.4f}"
            gain = ""
            if kind != alone:
                gain = difference(values[:, at], means[alone][:, at])
            mean = values[:, at].mean()
            yield f"| {kind} | {metric} | {mean:.4f} | {spread} | {gain} | {told} |"
    for name, figures in gowalla.PUBLISHED.items():
        for metric, value in zip(MEASURES, figures, strict=True):
            yield f"| {name}, published | {metric} | {value} |  |  |  |"
    seconds = np.mean([one.seconds for one in runs])
    yield f"| both fits, seconds of CPU |  | {seconds:.0f} |  |  |  |"


def report(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """All of the table as Markdown lines."""
    train = gowalla.read_split(folder / "train.txt")
    split = Split(train, gowalla.part_of(train, gowalla.SHARE, gowalla.SEED), params)
    test = gowalla.read_split(folder / "test.txt", train.shape)
    yield HEAD
    yield from lines_of([run(split, test, seed) for seed in seeds])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="so many of them")
    given = parser.parse_args(arguments)
    seeds = range(FIRST_SEED, FIRST_SEED + given.seeds)
    command_line.write_lines(report(given.folder, given.params, seeds), given.out)


if __name__ == "__main__":
    main()
