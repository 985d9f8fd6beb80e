"""What comment quality is worth: how well it reads the stars, and whether ALS ranks better with it.

usage   python -m bench.models.quality [DIR ...] [--out FILE]
reads   DIR             a folder with the shop's three CSVs; without one, the sample shop in data/raw
        params.yaml     sections merge, process, train_als
writes  FILE            the tables below as Markdown; without one, to the terminal

Reading: distinct normalised texts are dealt into five folds by hash, so that copies of a text never
stand on both sides; the texts of a fold are read by what was learned from the other four. A text is
positive if most of its reviews have 4 stars or more. Beside the scorers: the majority class, and
scikit-learn's TF-IDF and logistic regression.

Ranking: leave-one-out on the positives as in the pipeline, metrics per user averaged over seeds.
Differences are from the row named, with 95 % intervals by a paired bootstrap over users. Besides a
quality of 0.5 for all there is the mean of the quality for all: it has the same sum of confidences,
so that what differs is only who gets how much of it.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.als import fit as als
from recsys.als.params import Params
from recsys.comments import quality
from recsys.dataset import split
from recsys.dataset.cross_listed import one_per_cross_listed
from recsys.dataset.events import CodedEvents, to_events
from recsys.dataset.sparse import from_cells
from recsys.files.atomic import write_text
from recsys.files.tables import read_table
from recsys.models.model import Trained
from recsys.program.command_line import PARAMS_FILE
from recsys.program.params import load
from recsys.ranking import metrics as ranking
from recsys.ranking import top_k
from recsys.statistics import bootstrap
from stages import merge, process

SAMPLE = Path("data/raw")
FOLDS = 5
SEEDS = (42, 43, 44)
RESAMPLES = 2000
METRICS = ("recall_at_10", "ndcg_at_10")
STRONG = (
    5.0  # a weight of the quality far above the pipeline's 1, to see whether more of it would help
)

ALS_KEYS = ("factors", "regularization", "iterations", "alpha", "frequency_scaling")
VARIANTS = tuple(  # beside that of params.yaml
    dict(zip(ALS_KEYS, values, strict=True))
    for values in ((32, 5.0, 15, 20.0, 0.0), (16, 10.0, 15, 10.0, 0.0))
)

Reader = Callable[
    [quality.Texts, np.ndarray], np.ndarray
]  # texts, which to learn from -> how positive each reads


def merged(folder: Path, params: Path) -> pl.DataFrame:
    """The interactions of a shop's folder, as the stage merge writes them."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for part in ("staging", "batches"):
            (work / part).mkdir()
        merge.main(
            folder, work / "staging", work / "batches", work / "merged", work / "merge.json", params
        )
        return read_table(work / "merged/interactions.parquet")


# ---- does it read the stars? ----
def by_scorer(scorer: str, params: quality.QualityParams) -> Reader:
    """A reader by one of our scorers. `simple` has no sentiment: its reading is how much a text
    says.
    """
    settings = params.model_copy(update={"scorer": scorer})

    def read(texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
        known = quality.Texts(
            texts.texts, texts.high, texts.low, texts.raw * learn, texts.positive * learn
        )
        sentiment, evidence = quality.look_up(known, settings, None)
        return evidence if scorer == "simple" else sentiment

    return read


def by_peer(texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
    """scikit-learn: TF-IDF of words and pairs (or of characters) and a balanced logistic
    regression, as they come.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")  # noqa: S106
    model = make_pipeline(words, LogisticRegression(class_weight="balanced", max_iter=1000))
    return _fit_and_read(model, texts, learn)


def by_characters(texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
    """As `by_peer`, with runs of 2 to 5 characters instead of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    characters = TfidfVectorizer(ngram_range=(2, 5), sublinear_tf=True, analyzer="char_wb")
    model = make_pipeline(characters, LogisticRegression(class_weight="balanced", max_iter=1000))
    return _fit_and_read(model, texts, learn)


def _fit_and_read(model: object, texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
    positive = quality.majority(texts)
    model.fit(
        [text for text, taken in zip(texts.texts, learn, strict=True) if taken], positive[learn]
    )  # type: ignore[attr-defined]
    return np.asarray(model.predict_proba(texts.texts)[:, 1])  # type: ignore[attr-defined]


def held_out(read: Reader, texts: quality.Texts) -> np.ndarray:
    """How positive each text reads (texts,), learned from the folds that it does not stand in."""
    fold = (texts.low >> np.uint64(32)) % np.uint64(FOLDS)
    found = np.empty(len(texts.texts))
    for one in range(FOLDS):
        found[fold == one] = read(texts, fold != one)[fold == one]
    return found


def reading_table(rows: pl.DataFrame, params: quality.QualityParams) -> list[str]:
    """Markdown lines: accuracy, balanced accuracy and AUC of each reader on held-out texts."""
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

    written = quality.normalise(rows["comment"])
    filled = (written != "").to_numpy()
    ratings = rows["rating"].to_numpy()[filled]
    texts, _ = quality.collect(
        written.filter(pl.Series(filled)), ratings, np.ones(len(ratings), dtype=bool)
    )
    truth = quality.majority(texts)
    readers: dict[str, Reader] = {
        "majority class": lambda texts, _: np.full(len(texts.texts), 1.0),
        "`simple` (evidence only)": by_scorer("simple", params),
        "`reviews`": by_scorer("reviews", params),
        "peer: scikit-learn, words": by_peer,
        "peer: scikit-learn, characters": by_characters,
    }
    lines = [
        f"{len(truth)} distinct texts, {truth.mean():.1%} of them positive.",
        "",
        "| reader | accuracy | balanced accuracy | AUC |",
        "|---|---|---|---|",
    ]
    for name, read in readers.items():
        found = held_out(read, texts)
        values = (
            accuracy_score(truth, found >= 0.5),
            balanced_accuracy_score(truth, found >= 0.5),
            roc_auc_score(truth, found),
        )
        lines.append(f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + " |")
    return lines


# ---- does ALS rank better? ----
@dataclass(frozen=True)
class World:
    """Training positives with all that a confidence can be made of, and the test; csr (users,
    items).
    """

    user: np.ndarray
    item: np.ndarray
    rating: np.ndarray
    qualities: dict[str, np.ndarray]
    seen: csr_matrix
    test: csr_matrix

    def confidence(self, name: str, weight: float) -> csr_matrix:
        value = self.rating + weight * self.qualities[name]
        return from_cells(self.user, self.item, value, self.seen.shape)


def make_world(rows: pl.DataFrame, params: process.Params) -> World:
    """The split of the stage process, with every scorer's quality beside the training positives."""
    single, _ = one_per_cross_listed(rows)
    coded = {name: scored_events(single, params, name) for name in ("simple", "reviews")}
    shop = coded["reviews"]  # the events are the same in all
    events = shop.events
    part, trainable = split.split_events(events, len(shop.user_ids), params)
    user, shape = (
        (np.cumsum(trainable) - 1)[events.user],
        (int(trainable.sum()), len(shop.item_ids)),
    )
    train, test = part == split.TRAIN, part == split.TEST
    learn = train & (events.rating >= params.positive_threshold)
    qualities = {name: one.rows["comment_quality"].to_numpy()[learn] for name, one in coded.items()}
    qualities |= {
        "half": np.full(learn.sum(), 0.5),
        "mean": np.full(learn.sum(), qualities["reviews"].mean()),
    }
    seen, held = (
        from_cells(user[rows], events.item[rows], np.ones(rows.sum()), shape)
        for rows in (train, test)
    )
    return World(user[learn], events.item[learn], events.rating[learn], qualities, seen, held)


def scored_events(rows: pl.DataFrame, params: process.Params, scorer_name: str) -> CodedEvents:
    """The events of the rows, with their comments scored by this scorer."""
    settings = params.quality.model_copy(update={"scorer": scorer_name})
    every = np.ones(len(rows), dtype=bool)
    values = quality.score(rows["comment"], rows["rating"].to_numpy(), every, settings, None)
    return to_events(rows.with_columns(comment_quality=values), rows.select("product_id").unique())


def scorer(model: Trained) -> top_k.Scorer:
    return lambda users: model.user_factors[users] @ model.item_factors.T


def metrics(world: World, confidence: csr_matrix, settings: Params) -> np.ndarray:
    """METRICS of each test user, (users, metrics), means over SEEDS. Factors alone: no features, no
    hybrid score.
    """
    found, nothing = [], csr_matrix(confidence.shape, dtype=np.float32)
    for seed in SEEDS:
        model = als.fit(confidence, nothing, None, settings.model_copy(update={"seed": seed}))
        per_user, _ = ranking.evaluate(scorer(model), world.seen, world.test, [10])
        found.append(np.column_stack([per_user[name] for name in METRICS]))
    return np.asarray(np.mean(found, axis=0))


ROWS = (  # name of the confidence, quality, its weight, the rows that it is compared with
    ("A: rating + 0.5", "half", 1.0, ""),
    ("B: rating + mean of `reviews`", "mean", 1.0, ""),
    ("C: rating + `simple`", "simple", 1.0, "A"),
    ("D: rating + `reviews`", "reviews", 1.0, "AB"),
    (f"E: rating + {STRONG:g} x mean of `reviews`", "mean", STRONG, ""),
    (f"F: rating + {STRONG:g} x `reviews`", "reviews", STRONG, "E"),
)


def gain(ours: np.ndarray, theirs: np.ndarray) -> list[str]:
    """Mean difference of each metric with its interval, of two arrays (users, metrics)."""
    difference = ours - theirs
    low, high = bootstrap.interval(bootstrap.resampled_means(difference, RESAMPLES, seed=42))
    ends = zip(difference.mean(axis=0), low, high, strict=True)
    return [f"{mean:+.4f} [{left:+.4f}, {right:+.4f}]" for mean, left, right in ends]


def ranking_table(world: World, settings: Params) -> list[str]:
    """Markdown lines: METRICS of ALS at one setting with each confidence, and the differences."""
    found = {row[0][0]: metrics(world, world.confidence(row[1], row[2]), settings) for row in ROWS}
    lines = [
        "| confidence | " + " | ".join(f"{name} | difference [95 %]" for name in METRICS) + " |",
        "|---|" + "---|---|" * len(METRICS),
    ]
    for label, _, _, others in ROWS:
        ours = found[label[0]]
        gains = {other: gain(ours, found[other]) for other in others}
        cells = []
        for at, mean in enumerate(ours.mean(axis=0)):
            from_others = ", ".join(f"from {other} {texts[at]}" for other, texts in gains.items())
            cells.append(f"{mean:.4f} | {from_others}")
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return lines


def report(folders: Sequence[Path], params: Path) -> str:
    """All tables of all shops as Markdown. A shop is named by its folder, the sample shop `sample`."""
    process_params = load(process.Params, "process", params)
    own = load(Params, "train_als", params)
    variants = [own, *(own.model_copy(update=changes) for changes in VARIANTS)]
    lines = [
        "# What comment quality is worth",
        "",
        "Made by `python -m bench.models.quality`; what is measured and how is said at the top of bench/models/quality.py.",
        "",
    ]
    for folder in folders:
        rows = merged(folder, params)
        lines += [
            f"## Shop `{'sample' if folder == SAMPLE else folder.name}`, {len(rows)} interactions",
            "",
        ]
        lines += ["### Reading the stars", "", *reading_table(rows, process_params.quality), ""]
        world = make_world(rows, process_params)
        counts = f"{len(world.rating)} training positives, {world.test.nnz} test users, {world.seen.shape[1]} items"
        lines += ["### Ranking by ALS", "", f"{counts}; means over {len(SEEDS)} seeds.", ""]
        for at, settings in enumerate(variants):
            says = ", ".join(f"{key} {getattr(settings, key):g}" for key in ALS_KEYS)
            lines += [
                f"{says}{'' if at else ' (params.yaml)'}:",
                "",
                *ranking_table(world, settings),
                "",
            ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, default=[SAMPLE])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    given = parser.parse_args(arguments)
    text = report(given.folders, given.params)
    if given.out:
        write_text(given.out, text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
