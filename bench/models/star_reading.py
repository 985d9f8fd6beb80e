"""How well comment quality reads the stars, beside scikit-learn, on texts that it was not taught.

Distinct normalised texts are dealt into FOLDS by hash, so that copies of a text never stand on both
sides; the texts of a fold are read by what was learned from the others.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from recsys.comments import quality
from recsys.comments.normal_form import normalise

FOLDS = 5

# Texts, and which of them (texts,) bool to learn from -> how positive each reads (texts,).
Reader = Callable[[quality.Texts, np.ndarray], np.ndarray]


def by_scorer(scorer: str, params: quality.QualityParams) -> Reader:
    """A reader by one of our scorers.

    `simple` has no sentiment: its reading is how much a text says.
    """
    settings = params.model_copy(update={"scorer": scorer})

    def read(texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
        known = quality.Texts(
            texts.texts,
            texts.high,
            texts.low,
            texts.raw * learn,
            texts.positive * learn,
        )
        sentiment, evidence = quality.look_up(known, settings, None)
        return evidence if scorer == "simple" else sentiment

    return read


def by_words(texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
    """scikit-learn, as it comes: TF-IDF of words and pairs, and a balanced logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    pattern = r"(?u)\b\w+\b"
    words = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=pattern
    )
    return read_by_regression(words, texts, learn)


def by_characters(texts: quality.Texts, learn: np.ndarray) -> np.ndarray:
    """As `by_words`, with runs of 2 to 5 characters instead of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    characters = TfidfVectorizer(
        ngram_range=(2, 5), sublinear_tf=True, analyzer="char_wb"
    )
    return read_by_regression(characters, texts, learn)


def read_by_regression(
    features: Any, texts: quality.Texts, learn: np.ndarray
) -> np.ndarray:
    """How positive each text reads (texts,) by a logistic regression over scikit-learn features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        features, LogisticRegression(class_weight="balanced", max_iter=1000)
    )
    known = [
        text for text, is_known in zip(texts.texts, learn, strict=True) if is_known
    ]
    model.fit(known, quality.majority(texts)[learn])
    return np.asarray(model.predict_proba(texts.texts)[:, 1])


def held_out(read: Reader, texts: quality.Texts) -> np.ndarray:
    """How positive each text reads (texts,), learned from the folds that it does not stand in."""
    fold = (texts.low >> np.uint64(32)) % np.uint64(FOLDS)
    reading = np.empty(len(texts.texts))
    for number in range(FOLDS):
        is_here = fold == number
        reading[is_here] = read(texts, ~is_here)[is_here]
    return reading


def texts_of(rows: pl.DataFrame) -> quality.Texts:
    """The distinct texts of merged interactions, empty ones left out."""
    written = normalise(rows["comment"])
    filled = (written != "").to_numpy()
    ratings = rows["rating"].to_numpy()[filled]
    every = np.ones(len(ratings), dtype=bool)
    texts, _ = quality.collect(written.filter(pl.Series(filled)), ratings, every)
    return texts


def table(rows: pl.DataFrame, params: quality.QualityParams) -> list[str]:
    """Markdown lines: accuracy, balanced accuracy and AUC of each reader on held-out texts."""
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

    texts = texts_of(rows)
    truth = quality.majority(texts)
    readers: dict[str, Reader] = {
        "majority class": lambda texts, _: np.full(len(texts.texts), 1.0),
        "`simple` (evidence only)": by_scorer("simple", params),
        "`reviews`": by_scorer("reviews", params),
        "peer: scikit-learn, words": by_words,
        "peer: scikit-learn, characters": by_characters,
    }
    lines = [
        f"{len(truth)} distinct texts, {truth.mean():.1%} of them positive.",
        "",
        "| reader | accuracy | balanced accuracy | AUC |",
        "|---|---|---|---|",
    ]
    for name, read in readers.items():
        reading = held_out(read, texts)
        values = (
            accuracy_score(truth, reading >= 0.5),
            balanced_accuracy_score(truth, reading >= 0.5),
            roc_auc_score(truth, reading),
        )
        lines.append(
            f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + " |"
        )
    return lines
