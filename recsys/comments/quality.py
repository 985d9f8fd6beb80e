"""Comment quality in [0, 1]: how surely a comment speaks for the product. It adds to the rating in
the confidence.

    sentiment   0 (against) to 1 (for), by the scorer: `reviews` (recsys/comments/learned.py) or
                `transformer` (recsys/comments/classifier.py)
    evidence    (1 - exp(-distinct words / informative_words)) x variety, 0 to 1: short and
                repetitive texts say little
    quality     no_comment + (sentiment - no_comment) x evidence, so that a text that says nothing
                counts as none; then lowered where text and stars disagree by more than half of the
                scale: x (1 - mismatch_penalty x excess), excess 0 to 1 from half of the scale to
                all of it

The scorer `simple` looks at the evidence only: FLOOR + (1 - FLOOR) x evidence, whatever the stars
are.
"""

import hashlib
import logging
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from recsys.comments import classifier, learned
from recsys.comments.reading import LOCAL, How, Reader, Reading
from recsys.comments.score_cache import (
    RECORD,
    KeptModels,
    fill_known,
    read_scores,
    write_scores,
)
from recsys.comments.spellings import spell
from recsys.files.atomic import sha256_of_json
from recsys.files.places import places
from recsys.pretrained import installed
from recsys.pretrained.model_source import hash_of_files
from recsys.program import arenas
from recsys.program.params import Section

log = logging.getLogger(__name__)

VERSION = 2  # raise it when the same text and settings would give another sentiment or evidence
POSITIVE = 4  # stars of a positive
FLOOR = 0.25  # simple: the shortest comment still says that somebody wrote one
DIGITS = 4
# another version of them may change scores
LIBRARIES = {
    "reviews": ("scikit-learn",),
    "transformer": ("torch", "transformers"),
    "simple": (),
}


class QualityParams(Section):
    """The section `process.quality`."""

    scorer: Literal["reviews", "transformer", "simple"]
    no_comment: float = Field(ge=0, le=1)
    informative_words: float = Field(gt=0)
    mismatch_penalty: float = Field(ge=0, le=1)
    max_training_texts: int = Field(ge=100)
    model: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    batch_size: int = Field(ge=1)
    max_length: int = Field(ge=8)


@dataclass(frozen=True)
class Texts:
    """Distinct normalised texts, sorted, with what training needs to know; all arrays (texts,).

    high, low   128 bits of each text's hash
    raw         how many raw reviews have the text
    positive    how many of these are positive
    """

    texts: pl.Series
    high: np.ndarray
    low: np.ndarray
    raw: np.ndarray
    positive: np.ndarray


def score(
    comments: pl.Series | list[str],
    ratings: np.ndarray,
    from_raw: np.ndarray,
    params: QualityParams,
    cache: Path | None,
    reader: Reader = LOCAL,
) -> np.ndarray:
    """Quality of each comment, (comments,) float32 rounded to 4 digits; `no_comment` for a blank
    one.

    `ratings` (comments,) are 1 to 5, `from_raw` (comments,) bool says which rows stand in the
    shop's raw file: the scorer `reviews` learns from these only. Give it all interactions, not only
    those that survive deduplication: then a drop of new rows leaves the training texts as they are,
    and what was known stays known. `cache` and `reader` change speed, never results. ConfigError if
    a transformer cannot be loaded.
    """
    texts = pl.Series("comment", comments, dtype=pl.String).fill_null("")
    quality = np.full(len(texts), params.no_comment)
    spelt = spell(texts.filter(texts != ""), cache, reader.spelt).filter(
        pl.col("text") != ""
    )
    spelling = places(texts, spelt["comment"])
    arenas.give_back()
    rows = np.flatnonzero(spelling >= 0)
    if len(rows):
        stars = ratings[rows]
        distinct, row = collect_spelt(spelt, spelling[rows], stars, from_raw[rows])
        sentiment, evidence = look_up(distinct, params, cache, reader)
        quality[rows] = combine(sentiment[row], evidence[row], stars, params)
    rounded: np.ndarray = np.round(quality, DIGITS).astype(np.float32)
    return rounded


def collect(
    written: pl.Series, ratings: np.ndarray, from_raw: np.ndarray
) -> tuple[Texts, np.ndarray]:
    """The distinct texts of normalised comments, and which of them each row has, (rows,) int64."""
    spelt = spell(written, None)
    return collect_spelt(spelt, places(written, spelt["comment"]), ratings, from_raw)


def collect_spelt(
    spelt: pl.DataFrame, spelling: np.ndarray, ratings: np.ndarray, from_raw: np.ndarray
) -> tuple[Texts, np.ndarray]:
    """The distinct texts of a table of spellings, and which of them each row has, (rows,) int64;
    `spelling` (rows,) is a row's place in the table.
    """
    texts = spelt["text"].unique().sort()
    place = places(spelt["text"], texts)
    row = place[spelling]
    high, low = np.empty((2, len(texts)), dtype=np.uint64)
    high[place], low[place] = spelt["high"].to_numpy(), spelt["low"].to_numpy()
    positive_rows = from_raw & (ratings >= POSITIVE)
    raw = np.bincount(row[from_raw], minlength=len(texts))
    positive = np.bincount(row[positive_rows], minlength=len(texts))
    return Texts(texts, high, low, raw, positive), row


def combine(
    sentiment: np.ndarray,
    evidence: np.ndarray,
    ratings: np.ndarray,
    params: QualityParams,
) -> np.ndarray:
    """Quality from what the texts say, how much they say, and the stars; all arrays (rows,). Not
    rounded.
    """
    if params.scorer == "simple":
        return np.asarray(FLOOR + (1 - FLOOR) * evidence)
    quality = params.no_comment + (sentiment - params.no_comment) * evidence
    stars = (np.clip(ratings, 1, 5) - 1) / 4
    excess = np.maximum(np.abs(quality - stars) - 0.5, 0) / 0.5
    return np.asarray(quality * (1 - params.mismatch_penalty * excess))


def look_up(
    distinct: Texts,
    params: QualityParams,
    cache: Path | None,
    reader: Reader = LOCAL,
) -> Reading:
    """How each text reads; only texts that are not in `cache` are scored."""
    if params.scorer == "transformer":
        installed.check("process.quality.scorer", "reviews")
    training = choose_training(distinct, params)
    mark = mark_of(distinct, training, params)
    table = np.empty(len(distinct.texts), dtype=RECORD)
    table["high"], table["low"] = distinct.high, distinct.low
    known = np.zeros(len(table), dtype=bool)
    if cache:
        known = fill_known(table, read_scores(cache, mark))
    new = np.flatnonzero(~known)
    log.info("quality: %s, %d texts, %d new", params.scorer, len(table), len(new))
    if len(new):
        kept = KeptModels(cache.with_suffix(".learned.npz"), mark) if cache else None
        reading = read_texts(distinct, training, new, params, kept, reader)
        arenas.give_back()
        table["sentiment"][new], table["evidence"][new] = reading
        if cache:
            write_scores(cache, mark, table)
    return Reading(table["sentiment"], table["evidence"])


def choose_training(distinct: Texts, params: QualityParams) -> np.ndarray:
    """Indices of the texts that `reviews` learns from, (training,) int64; none for another
    scorer.
    """
    if params.scorer != "reviews":
        return np.empty(0, dtype=np.int64)
    raw = np.flatnonzero(distinct.raw)
    positive = majority(distinct)[raw]
    chosen = learned.choose(distinct.high[raw], positive, params.max_training_texts)
    return np.asarray(raw[chosen])


def majority(distinct: Texts) -> np.ndarray:
    """Which texts have as many positive as other ratings, or more, in the raw reviews, (texts,)
    bool.
    """
    return np.asarray(2 * distinct.positive >= distinct.raw)


def read_texts(
    distinct: Texts,
    training: np.ndarray,
    which: np.ndarray,
    params: QualityParams,
    kept: KeptModels | None,
    reader: Reader = LOCAL,
) -> Reading:
    """How the texts `which` read, (which,) each; models that were learned before are `kept`."""
    texts = distinct.texts[which]
    models: list[learned.Model | None] = []
    if params.scorer == "reviews":
        models = kept_or_learned(distinct, training, kept)
        arenas.give_back()
    how = How(models, params.informative_words)
    reading = reader.read(texts, fold_of(distinct.low[which]), how)
    if params.scorer != "transformer":
        return reading
    sentiment = classifier.sentiment(
        texts.to_list(),
        params.model,
        params.revision,
        params.batch_size,
        params.max_length,
    )
    return reading._replace(sentiment=sentiment)


def kept_or_learned(
    distinct: Texts, training: np.ndarray, kept: KeptModels | None
) -> list[learned.Model | None]:
    """The models of the folds: those that are kept, or else learned now and kept."""
    models = kept.read() if kept else []
    if not models:
        models = learn(distinct, training)
        if kept:
            kept.write(models)
    return models


def learn(distinct: Texts, training: np.ndarray) -> list[learned.Model | None]:
    """The models of the folds. Too few texts of one class is no error: what they would score is
    neutral, and said.
    """
    texts = distinct.texts[training].to_list()
    fold, positive = fold_of(distinct.low[training]), majority(distinct)[training]
    models = learned.train(texts, fold, positive)
    if not all(models):
        log.warning(
            "quality: %d raw texts are too few, or too few of them dislikes, to learn from; "
            "they count as neutral",
            len(texts),
        )
    return models


def fold_of(low: np.ndarray) -> np.ndarray:
    """The fold of each text, (texts,) int64, by the lower half of its hash."""
    return np.asarray(low % np.uint64(learned.FOLDS)).astype(np.int64)


def mark_of(distinct: Texts, training: np.ndarray, params: QualityParams) -> bytes:
    """The hash of all that a text's sentiment and evidence depend on beside the text: 32 bytes."""
    settings: list[object] = [VERSION, params.scorer, params.informative_words]
    settings += [version(library) for library in LIBRARIES[params.scorer]]
    if params.scorer == "reviews":
        settings.append(_hash_of_training(distinct, training))
    elif params.scorer == "transformer":
        settings += [params.model, params.revision, params.max_length]
        settings.append(_hash_of_weights(params.model))
    return bytes.fromhex(sha256_of_json(settings))


def _hash_of_training(distinct: Texts, training: np.ndarray) -> str:
    """Hash of the training texts and of how they were rated, in any order."""
    positive = majority(distinct)[training].astype(np.uint64)
    key = np.stack([distinct.high[training], distinct.low[training], positive])
    ordered = key[:, np.lexsort(key)].astype("<u8")
    return hashlib.sha256(ordered.tobytes()).hexdigest()


def _hash_of_weights(model: str) -> str:
    """Hash of a local model's files; empty for a hub id."""
    folder = Path(model)
    return hash_of_files(folder) if folder.is_dir() else ""
