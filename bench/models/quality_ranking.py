"""Whether ALS ranks better with comment quality in the confidence."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from bench.models.comparison import differences, per_user
from recsys.als import fit as als
from recsys.als.params import Params as AlsParams
from recsys.comments import quality
from recsys.dataset import split
from recsys.dataset.cross_listed import one_per_cross_listed
from recsys.dataset.events import CodedEvents, to_events
from recsys.dataset.sparse import from_cells
from recsys.ranking.metrics import METRICS
from stages import process

SEEDS = (42, 43, 44)
STRONG = (
    5.0  # a weight far above the pipeline's 1, to see whether more of it would help
)


class Row(NamedTuple):
    """A confidence: its name, the quality in it and its weight, and what it is compared with."""

    name: str
    quality: str
    weight: float
    compared_with: str  # first letters of other rows


ROWS = (
    Row("A: rating + 0.5", "half", 1.0, ""),
    Row("B: rating + mean of `reviews`", "mean", 1.0, ""),
    Row("C: rating + `simple`", "simple", 1.0, "A"),
    Row("D: rating + `reviews`", "reviews", 1.0, "AB"),
    Row(f"E: rating + {STRONG:g} x mean of `reviews`", "mean", STRONG, ""),
    Row(f"F: rating + {STRONG:g} x `reviews`", "reviews", STRONG, "E"),
)


@dataclass(frozen=True)
class World:
    """Training positives with all that a confidence can be made of, and the test."""

    user: np.ndarray  # (positives,)
    item: np.ndarray  # (positives,)
    rating: np.ndarray  # (positives,)
    qualities: dict[str, np.ndarray]  # (positives,) each
    seen: csr_matrix  # (users, items)
    test: csr_matrix  # (users, items)

    def confidence(self, name: str, weight: float) -> csr_matrix:
        """rating + weight x the quality of this name, (users, items)."""
        value = self.rating + weight * self.qualities[name]
        return from_cells(self.user, self.item, value, self.seen.shape)

    def sentence(self) -> str:
        """How large it is."""
        users, items = self.test.nnz, self.seen.shape[1]
        return (
            f"{len(self.rating)} training positives, {users} test users, {items} items"
        )


def make_world(rows: pl.DataFrame, params: process.Params) -> World:
    """The split of the stage process, with every scorer's quality beside the training positives."""
    single, _ = one_per_cross_listed(rows)
    coded = {
        name: scored_events(single, params, name) for name in ("simple", "reviews")
    }
    shop = coded["reviews"]  # the events are the same in both
    events = shop.events
    part, trainable = split.split_events(events, len(shop.user_ids), params)
    user = (np.cumsum(trainable) - 1)[events.user]
    shape = (int(trainable.sum()), len(shop.item_ids))
    learn = (part == split.TRAIN) & (events.rating >= params.positive_threshold)
    qualities = {
        name: one.rows["comment_quality"].to_numpy()[learn]
        for name, one in coded.items()
    }
    qualities["half"] = np.full(learn.sum(), 0.5)
    qualities["mean"] = np.full(learn.sum(), qualities["reviews"].mean())
    seen, held_out = (
        from_cells(user[rows], events.item[rows], np.ones(rows.sum()), shape)
        for rows in (part == split.TRAIN, part == split.TEST)
    )
    return World(
        user[learn], events.item[learn], events.rating[learn], qualities, seen, held_out
    )


def scored_events(
    rows: pl.DataFrame, params: process.Params, scorer: str
) -> CodedEvents:
    """The events of the rows, with their comments scored by this scorer."""
    settings = params.quality.model_copy(update={"scorer": scorer})
    every = np.ones(len(rows), dtype=bool)
    values = quality.score(
        rows["comment"], rows["rating"].to_numpy(), every, settings, None
    )
    return to_events(
        rows.with_columns(comment_quality=values),
        rows.select("product_id").unique(),
        params,
    )


def metrics(world: World, confidence: csr_matrix, settings: AlsParams) -> np.ndarray:
    """METRICS of each test user, (users, metrics), means over SEEDS, by the factors alone."""
    no_dislikes = csr_matrix(confidence.shape, dtype=np.float32)
    of_seeds = []
    for seed in SEEDS:
        seeded = settings.model_copy(update={"seed": seed})
        model = als.fit(confidence, no_dislikes, None, seeded)
        of_seeds.append(per_user(model.score, world.seen, world.test))
    return np.asarray(np.mean(of_seeds, axis=0))


def table(world: World, settings: AlsParams) -> list[str]:
    """Markdown lines: METRICS of ALS at one setting with each confidence, and the differences."""
    measured = {
        row.name[0]: metrics(world, world.confidence(row.quality, row.weight), settings)
        for row in ROWS
    }
    lines = [
        "| confidence | "
        + " | ".join(f"{name} | difference [95 %]" for name in METRICS)
        + " |",
        "|---|" + "---|---|" * len(METRICS),
    ]
    for row in ROWS:
        ours = measured[row.name[0]]
        gains = {
            other: differences(ours, measured[other]) for other in row.compared_with
        }
        cells = []
        for at, mean in enumerate(ours.mean(axis=0)):
            from_others = ", ".join(
                f"from {other} {texts[at]}" for other, texts in gains.items()
            )
            cells.append(f"{mean:.4f} | {from_others}")
        lines.append(f"| {row.name} | " + " | ".join(cells) + " |")
    return lines
