"""What is served beside models of other libraries, on equal terms, on several shops.

usage   python -m bench.models.compare DIR ... [--ml-100k [WHEEL]] [--trials N] [--kept FOLDER]
                                       [--out FILE]
reads   DIR             a shop, as bench/models/served.py takes it: three CSVs, or matrices
        WHEEL           recbole 1.2.1, which has MovieLens 100K in it; with --ml-100k alone it is
                        downloaded by pip
        params.yaml     sections merge, process, embed, train_als, train_bpr, blend
writes  FILE            the tables below as Markdown, one a shop, each when it is there; those of
                        other shops in FILE stay. Without one, to the terminal
        FOLDER          each line of a table when it is there (bench/models/kept_rows.py): a run
                        that was ended goes on from there, by the same code; the data must be
                        the same too

Leave-one-out, one event per cross-listed review, full ranking over all unseen items. All choices
are made on the validation fold, by ndcg_at_10. Then everything is fitted on all training positives
with each of SEEDS, and the test fold is read once. Metrics are means over seeds and users, with the
smallest and the largest mean of a seed beside them. Differences are paired by user, of means over
seeds, with 95 % intervals by a bootstrap over users.

Ours: als and bpr as their stages train them, in the lists as they serve (hybrid weights, places for
new items); `served` is the one of als, bpr and the blend that the fold says is to be served. By
factors alone: the same without either. Inside training als makes 4 to 8 fits on the fold, bpr 1 to
6, the blend 2 more; each with 181 hybrid weights, which cost no fit. params.yaml was chosen before,
by 200 trials on the folds of the sample and the real reviews (bench/results/defaults.md), and the
presets of als on folds of such shops.

The others: TRIALS trials on each shop for itself, as many as `python runner.py tune` has, which
none of ours was given, and a quarter more to close an edge; the best again with five fresh seeds
(bench/models/peer_search.py). EASE has one setting and no seed: all of its values in
the drawn range are tried, and it is the same with any seed. A setting on an edge of what was tried
is marked. MovieLens 100K has no texts, so none of the models has them there, and all its positives
weigh 5, as one without a comment does in the pipeline (stars + .5).
"""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models.as_served import SERVED, with_seed
from bench.models.comparison import differences, per_user
from bench.models.kept_rows import Kept, Row, code
from bench.models.new_places import Shop, movielens_shop
from bench.models.peer_search import Found, Judge, search
from bench.models.peers import PEERS, Peer
from bench.models.prepared import shop_name
from bench.models.served import shop_in
from recsys.dataset.training_inputs import Inputs
from recsys.ranking import baselines
from recsys.ranking.metrics import METRICS

SEEDS = (42, 43, 44)
TRIALS = 60
NDCG = METRICS.index("ndcg_at_10")
HEAD = """\
# What the models are worth

Made by `python -m bench.models.compare`; what is measured and how is said at the top of \
bench/models/compare.py.
"""
COLUMNS = (
    "model",
    *(cell for name in METRICS for cell in (name, "seeds", "served over it [95 %]")),
    *("trials", "fits", "CPU s", "setting"),
)


def judge_of(peer: Peer, inputs: Inputs) -> Judge:
    """ndcg_at_10 of the validation fold; of a fit that grew beyond bounds -inf."""
    fold = inputs.fold()

    def judge(setting: dict[str, float], seed: int) -> float:
        try:
            score = peer.fit(fold, inputs.vectors, setting, seed)
            found = per_user(score, fold.seen, inputs.held_out)
        except ValueError:
            return -np.inf
        return float(found[:, NDCG].mean())

    return judge


def of_peer(name: str, peer: Peer, shop: Shop, trials: int) -> list[Row]:
    """Choose by the fold, fit all, read the test: one row."""
    inputs = shop.inputs
    begin = time.process_time()
    found = search(peer, judge_of(peer, inputs), trials)
    seconds = time.process_time() - begin
    known, runs = inputs.known, []
    for seed in SEEDS if peer.has_seed else SEEDS[:1]:
        score = peer.fit(known, inputs.vectors, found.setting, seed)
        runs.append(per_user(score, known.seen, shop.test))
    told = described(found)
    counts = str(found.trials), str(found.fits), f"{seconds:.0f}"
    return [Row(name, runs, *counts, told)]


def described(found: Found) -> str:
    """The setting, with a mark where it lies on an edge of what was tried."""
    told = ", ".join(f"{name} {value:g}" for name, value in found.setting.items())
    return told + (
        f"; **on the edge: {', '.join(found.edges)}**" if found.edges else ""
    )


def of_ours(shop: Shop, params: Path) -> list[Row]:
    """Ours as served and by their factors alone; the last one is SERVED."""
    by_seed = [with_seed(shop.inputs, shop.test, params, seed) for seed in SEEDS]
    rows = []
    for name in by_seed[0]:
        runs = [one[name] for one in by_seed]
        fits = sorted({one.fits for one in runs})
        told = "; ".join(dict.fromkeys(one.told for one in runs))
        seconds = f"{np.mean([one.seconds for one in runs]):.0f}"
        alone = [one.by_factors for one in runs]
        rows += [
            Row(f"{name}, factors alone", alone),
            Row(
                name,
                [one.as_served for one in runs],
                *("", " to ".join(map(str, fits)), seconds, told),
            ),
        ]
    return rows


def rows_of(shop: Shop, params: Path, trials: int, kept: Kept) -> list[Row]:
    """The lines of the table of a shop; the last one is SERVED."""
    rows = [Row("popularity", [_popularity(shop.inputs, shop.test)])]
    rows += kept.rows("ours", lambda: of_ours(shop, params))
    for name, peer in PEERS.items():
        if not peer.needs_texts or shop.inputs.vectors.any():
            make = partial(of_peer, name, peer, shop, trials)
            rows[-1:-1] = kept.rows(name, make)
    return rows


def section(shop: Shop, rows: Sequence[Row]) -> str:
    """The table of a shop as Markdown; the last of the rows is what is served."""
    known = shop.inputs.known
    lines = [
        f"## {shop.name}",
        "",
        f"{known.binary.nnz} training positives of {known.binary.shape[0]} users, "
        f"{known.binary.shape[1]} items, {shop.inputs.held_out.nnz} validation users, "
        f"{shop.test.nnz} test users.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
        *(line(row, rows[-1]) for row in rows),
    ]
    return "\n".join([*lines, ""])


def _popularity(inputs: Inputs, test: csr_matrix) -> np.ndarray:
    known = inputs.known
    return per_user(baselines.popularity(known.binary), known.seen, test)


def line(row: Row, served: Row) -> str:
    """A line of the table, with what is served over it."""
    mean, cells = row.mean(), []
    is_same = row.name == served.name
    leads = [""] * len(METRICS) if is_same else differences(served.mean(), mean)
    for at, lead in enumerate(leads):
        by_seed = [run[:, at].mean() for run in row.runs]
        spread = f"{min(by_seed):.4f} to {max(by_seed):.4f}"
        cells += [
            f"{mean[:, at].mean():.4f}",
            spread if len(by_seed) > 1 else "no seed",
            lead,
        ]
    name = f"**{row.name}**" if row.name == SERVED else row.name
    return f"| {' | '.join([name, *cells, *row[2:]])} |"


def with_section(text: str, made: str) -> str:
    """A report with the table of one shop in place of an older one of it, or at the end."""
    parts = text.split("\n## ")
    title = made.removeprefix("## ").splitlines()[0]
    body = made.removeprefix("## ")
    names = [part.splitlines()[0] for part in parts]
    if title in names[1:]:
        parts[names.index(title, 1)] = body
    else:
        parts.append(body)
    return "\n## ".join([parts[0], *(part.rstrip("\n") + "\n" for part in parts[1:])])


def shops_of(
    folders: Sequence[Path], wheel: str | None, params: Path
) -> Iterator[Shop]:
    """Each shop in turn, prepared when it is asked for; MovieLens 100K the last, with any wheel."""
    for folder in folders:
        with shop_in(folder, params) as (inputs, test):
            yield Shop(shop_name(folder), inputs, test)
    if wheel is not None:
        yield movielens_shop(Path(wheel) if wheel else None, params)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--ml-100k", nargs="?", const="", metavar="WHEEL")
    parser.add_argument("--trials", type=int, default=TRIALS, metavar="N")
    parser.add_argument("--kept", type=Path, metavar="FOLDER")
    given = parser.parse_args(arguments)
    out = given.out
    text = out.read_text(encoding="utf-8") if out and out.exists() else HEAD
    text = HEAD + text.removeprefix(HEAD) if text.startswith(HEAD) else HEAD
    for shop in shops_of(given.folders, given.ml_100k, given.params):
        kept = Kept(given.kept, f"{shop.name} {given.trials} {code()}")
        rows = rows_of(shop, given.params, given.trials, kept)
        made = section(shop, rows)
        text = with_section(text, made)
        command_line.write(text if out else made, out)


if __name__ == "__main__":
    main()
