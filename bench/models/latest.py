"""What a customer's latest purchase is worth in the list that they are served.

usage   python -m bench.models.latest DIR ... [--seeds N] [--out FILE]
reads   DIR             a shop with the three CSV files of docs/data.md
        params.yaml     sections merge, process, embed, train_als, train_bpr
writes  FILE            the table below as Markdown; without one, to the terminal

Of each customer with three products or more, what they bought last, if they liked it, is taken out
of the data: it is what they buy next. Of the rest a shop is made as the stages make it, ALS and BPR
are trained on it, and a release is made of each. Measured are the lists of ten of these customers:

als, bpr                those of the release, fitted again to all that is left
                        (recsys/publishing/refit.py)
served                  those of als or bpr, as the validation fold says
als, bpr as trained     those by what training was told, to which the latest purchase that is left
                        was the test (recsys/serving/as_trained.py)
the peers               models of other libraries (bench/models/peers.py): the setting by TRIALS
                        trials on the validation fold of the same shop, fitted to all that is left
popular                 the products that most customers like

Nothing that a customer has touched is in a list. Means over seeds and customers; differences are of
ndcg_at_10, with 95 % intervals by a paired bootstrap over customers.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models.blends import FIRST_SEED, SEEDS, keep, trained
from bench.models.compare import described, judge_of
from bench.models.comparison import difference
from bench.models.peer_search import search
from bench.models.peers import PEERS, Peer
from bench.models.prepared import Prepared, prepared, shop_name
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models import model_folder
from recsys.program.params import load
from recsys.publishing.contents import Sources, contents
from recsys.ranking.top_k import Scorer, mask_seen, top_k
from recsys.serving import as_trained, release
from recsys.serving.recommender import Recommender
from recsys.serving.release import Release
from stages import process

K = 10
FEWEST = 3  # products of a customer
TRIALS = 60
METRICS = ("recall_at_10", "ndcg_at_10")
COLUMNS = ("shop", "customers", "list", *METRICS, "served over it [95 %]", "setting")
OURS = ("als", "bpr")
SERVED = "served"

# METRICS of each customer, (customers, 2), by the name of who made the list
Values = dict[str, np.ndarray]

HEAD = """\
# What the latest purchase is worth

Made by `python -m bench.models.latest`; what is measured and how is said at its top.
"""


class Cut(NamedTuple):
    """The interactions before each customer's last purchase, and these: user_id, product_id."""

    left: pl.DataFrame
    bought: pl.DataFrame


def cut(interactions: pl.DataFrame, positive: float) -> Cut:
    """Take out what customers bought last, with all of that moment."""
    whose = pl.col("user_id")
    first = interactions.sort("timestamp", maintain_order=True).unique(
        ["user_id", "product_id"], keep="first", maintain_order=True
    )
    many = first.filter(pl.len().over(whose) >= FEWEST)
    bought = many.group_by("user_id", maintain_order=True).last()
    bought = bought.filter(pl.col("rating") >= positive)
    ends = bought.select("user_id", end="timestamp")
    rows = interactions.join(ends, on="user_id", how="left", maintain_order="left")
    is_before = pl.col("end").is_null() | (pl.col("timestamp") < pl.col("end"))
    left = rows.filter(is_before).drop("end")
    return Cut(left, bought.select("user_id", "product_id"))


def released(
    shop: Prepared, name: str, params: Path, seed: int
) -> tuple[Release, float]:
    """The release of ALS or BPR with this seed, and its ndcg_at_10 on the validation fold."""
    positive = load(process.Params, "process", params).positive_threshold
    data = shop.data
    sources = Sources(
        data / "interactions.parquet",
        shop.embeddings,
        data.parent / "merged" / "products.parquet",
        positive,
    )
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        model = trained(name, shop.inputs, params, seed, out)
        keep(shop.inputs, model, name, params, out)
        saved = model_folder.load(out)
        by_fold = saved.manifest.notes.validation_ndcg or 0.0
        return release.in_memory(*contents(saved, sources)), by_fold


def told(made: Release) -> Release:
    """The same by what training was told, in factors and history."""
    factors = as_trained.rows(made, np.arange(len(made.users)))
    before = as_trained.as_trained(made)
    return replace(before, arrays={**before.arrays, "user_factors": factors})


def known_of(made: Release) -> Interactions:
    """What a peer is fitted to: all that is liked by now, of all users of the release."""
    binary = matrix(made, "liked")
    confidence = binary.copy()
    confidence.data = np.array(made.arrays["liked_confidence"])
    return Interactions(confidence, binary, matrix(made, "disliked"))


def peer_lists(score: Scorer, made: Release, rows: np.ndarray) -> np.ndarray:
    """Lists (n, K) by the scores of a peer."""
    scores = np.array(score(rows), np.float32)
    mask_seen(scores, matrix(made, "seen")[rows])
    return top_k(scores, K)


def popular_lists(made: Release, rows: np.ndarray) -> np.ndarray:
    """Lists (n, K) of the products that most like, of those that each has not seen."""
    scores = np.tile(made.arrays["popularity"], (len(rows), 1))
    scores[matrix(made, "seen")[rows].nonzero()] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :K]


def matrix(made: Release, name: str) -> csr_matrix:
    """A matrix of the release, csr (users, items), ones."""
    items, ends = made.arrays[f"{name}_items"], made.arrays[f"{name}_indptr"]
    shape = (len(made.users), len(made.texts["item_ids"]))
    return csr_matrix((np.ones(len(items), np.float32), items, ends), shape)


def gains(lists: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """METRICS (n, 2) of lists (n, K), where one item is wanted of each, (n,)."""
    is_hit = lists == wanted[:, None]
    ndcg = (is_hit / np.log2(np.arange(K) + 2)).sum(axis=1)
    return np.column_stack([is_hit.any(axis=1), ndcg])


class Customers(NamedTuple):
    """Whose next purchase a release has: their rows, and the indices of these items, (n,)."""

    rows: np.ndarray
    wanted: np.ndarray

    @classmethod
    def of(cls, made: Release, bought: pl.DataFrame) -> "Customers":
        """Of `bought`: user_id, product_id."""
        places = {one: at for at, one in enumerate(made.texts["item_ids"])}
        wanted = np.array([places.get(one, -1) for one in bought["product_id"]])
        rows = Recommender(made).rows_of(bought["user_id"].to_list())
        is_there = (wanted >= 0) & (rows >= 0)
        return cls(rows[is_there], wanted[is_there])


def of_ours(
    shop: Prepared, bought: pl.DataFrame, params: Path, seed: int
) -> tuple[Values, Release]:
    """Our lists, and one of the releases."""
    found, by_fold = {}, {}
    for name in OURS:
        made, by_fold[name] = released(shop, name, params, seed)
        rows, wanted = Customers.of(made, bought)
        for label, one in ((name, made), (f"{name} as trained", told(made))):
            found[label] = gains(Recommender(one).lists(rows, K)[0], wanted)
    best = max(OURS, key=lambda name: by_fold[name])
    popular = gains(popular_lists(made, rows), wanted)
    return {SERVED: found[best], **found, "popular": popular}, made


def of_peer(
    peer: Peer,
    inputs: Inputs,
    made: Release,
    bought: pl.DataFrame,
    seeds: Sequence[int],
) -> tuple[np.ndarray, str]:
    """The mean over seeds, and the setting."""
    found = search(peer, judge_of(peer, inputs), TRIALS)
    rows, wanted = Customers.of(made, bought)
    known, runs = known_of(made), []
    for seed in seeds if peer.has_seed else seeds[:1]:
        score = peer.fit(known, made.arrays["content"], found.setting, seed)
        runs.append(gains(peer_lists(score, made, rows), wanted))
    return np.mean(runs, axis=0), described(found)


def shop_lines(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of the table of one shop."""
    cuts: list[Cut] = []
    positive = load(process.Params, "process", params).positive_threshold

    def without_the_last(interactions: pl.DataFrame) -> pl.DataFrame:
        cuts.append(cut(interactions, positive))
        return cuts[0].left

    with prepared(folder, params, without_the_last) as shop:
        bought = cuts[0].bought
        runs = [of_ours(shop, bought, params, seed) for seed in seeds]
        values = {
            label: np.mean([run[label] for run, _ in runs], axis=0)
            for label in runs[0][0]
        }
        settings: dict[str, str] = {}
        for name, peer in PEERS.items():
            if peer.needs_texts and not shop.inputs.vectors.any():
                continue
            values[name], settings[name] = of_peer(
                *(peer, shop.inputs, runs[0][1], bought, seeds)
            )
    served = values[SERVED]
    for label, of_it in values.items():
        lead = "" if label == SERVED else difference(served[:, 1], of_it[:, 1])
        shown = " | ".join(f"{value:.4f}" for value in of_it.mean(axis=0))
        about = f"{shop_name(folder)} | {len(of_it)} | {label}"
        yield f"| {about} | {shown} | {lead} | {settings.get(label, '')} |"


def report(
    folders: Sequence[Path], params: Path, seeds: Sequence[int]
) -> Iterator[str]:
    """The table as Markdown lines."""
    yield HEAD
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---" * len(COLUMNS) + "|"
    for folder in folders:
        yield from shop_lines(folder, params, seeds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.over_shops_and_seeds(__doc__, report, FIRST_SEED, SEEDS, arguments)


if __name__ == "__main__":
    main()
