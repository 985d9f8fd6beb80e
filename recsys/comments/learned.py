"""What a comment says, learned from the shop's own reviews: text in, chance of a positive rating
out.

Words and pairs of neighbours (recsys/comments/words.py) are 1 where present, weighted by inverse
document frequency, rows of length 1; on them a logistic regression with classes of equal weight, as
most ratings are five stars.

No text is scored by a model that saw it: a text belongs to one of `FOLDS` folds by its hash, and
model f learns from all training texts outside fold f and scores those inside. A text that nobody
trained on follows the same rule, so a score is a function of the text and the training texts alone.
Weights are rounded to integers: their sums are exact in any order, so that neither the number of
threads nor the company of other texts shows in a score.
"""

import logging
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.comments import liblinear
from recsys.comments.normal_form import without_accents
from recsys.comments.words import BUCKETS, Words, cut, for_chunks

log = logging.getLogger(__name__)

FOLDS = 4
UNIT = 2.0**20  # weights are integers in units of 1 / UNIT
MANY = 20_000  # texts to learn from, beyond which they are not read twice
BARE = 4
FEWEST = 10  # texts of each class that a model needs


@dataclass(frozen=True)
class Model:
    """A logistic regression: `weight` and `square` (BUCKETS,) float64 are idf x coefficient and idf
    squared, both integers in units of 1 / UNIT.
    """

    weight: np.ndarray
    square: np.ndarray
    intercept: float

    def chance(self, words: Words) -> np.ndarray:
        """Chance of a positive rating of each text, (texts,) in 0 to 1, were both classes equally
        frequent.
        """
        total = self._sums(words, self.weight)
        length = np.sqrt(self._sums(words, self.square) * UNIT)
        logit = total / np.maximum(length, 1) + self.intercept
        return np.asarray(1 / (1 + np.exp(-logit)))

    @staticmethod
    def _sums(words: Words, of_column: np.ndarray) -> np.ndarray:
        """The sum over the columns of each text, (texts,)."""
        size = len(words.distinct)
        return np.bincount(words.text, weights=of_column[words.column], minlength=size)


def fit(text: np.ndarray, column: np.ndarray, positive: np.ndarray) -> Model:
    """Learn from n texts that are `positive` (n,) bool or not; each `column` (m,) of a word or pair
    stands in the text `text` (m,), 0 to n - 1, both sorted by text, then column.

    The same bytes for any number of threads.
    """
    count = len(positive)
    frequency = np.bincount(column, minlength=BUCKETS)
    inverse = np.log((1 + count) / (1 + frequency)) + 1
    square = np.round(inverse**2 * UNIT)
    length = np.sqrt(np.bincount(text, weights=square[column], minlength=count) / UNIT)
    starts = np.concatenate([[0], np.cumsum(np.bincount(text, minlength=count))])
    rows = csr_matrix(
        (inverse[column] / length[text], column, starts), shape=(count, BUCKETS)
    )
    rows.sum_duplicates()
    fitted = liblinear.fit(rows, positive)
    intercept = float(np.round(fitted.intercept * UNIT) / UNIT)
    return Model(np.round(inverse * fitted.coefficients * UNIT), square, intercept)


def choose(keys: np.ndarray, positive: np.ndarray, limit: int) -> np.ndarray:
    """Rows of at most `limit` training texts, sorted: of each class those with the smallest keys.

    `keys` (texts,) uint64, `positive` (texts,) bool. The rarer class gets up to half of the places,
    the other one the rest.
    """
    by_key = np.argsort(keys, kind="stable")
    is_positive = positive[by_key]
    positives, negatives = by_key[is_positive], by_key[~is_positive]
    positives = positives[: max(limit // 2, limit - len(negatives))]
    negatives = negatives[: limit - len(positives)]
    return np.sort(np.concatenate([positives, negatives]))


def train(
    texts: list[str], fold: np.ndarray, positive: np.ndarray
) -> list[Model | None]:
    """The model of each fold, learned from the texts outside it; None where these are too few of
    one class. `fold` (texts,) int64, `positive` (texts,) bool.

    Texts with accents are learned without them, too, as many write so (`both_spellings`).
    """
    read, of = both_spellings(texts)
    text, column = _cut_all(read)
    fold, positive = fold[of], positive[of]
    models: list[Model | None] = []
    for number in range(FOLDS):
        outside = fold != number
        labels = positive[outside]
        if min(labels.sum(), (~labels).sum()) < FEWEST:
            models.append(None)
            continue
        row = np.cumsum(outside) - 1
        taken = outside[text]
        models.append(fit(row[text[taken]], column[taken], labels))
    return models


def both_spellings(texts: list[str]) -> tuple[list[str], np.ndarray]:
    """Texts with and without accents, and which of `texts` each of them is, (n,) int64: each of
    them in both spellings; of more than MANY one in BARE without accents only, for the time
    that it takes.
    """
    of = np.arange(len(texts))
    if len(texts) > MANY:
        read = list(texts)
        read[1::BARE] = without_accents(texts[1::BARE])
        return read, of
    bare = without_accents(texts)
    differs = [at for at in of if bare[at] != texts[at]]
    return texts + [bare[at] for at in differs], np.append(of, np.array(differs, int))


def _cut_all(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Text and column of every word and pair, sorted, cut chunk by chunk."""
    parts = for_chunks(
        len(texts), lambda part: _cut_sorted(texts[part]) + part.start * BUCKETS
    )
    keys = np.concatenate([np.empty(0, np.int64), *parts])
    return keys // BUCKETS, keys % BUCKETS


def _cut_sorted(texts: list[str]) -> np.ndarray:
    """Text x BUCKETS + column of every word and pair, sorted."""
    words = cut(texts)
    return np.sort(words.text * BUCKETS + words.column)


def chances(words: Words, fold: np.ndarray, models: list[Model | None]) -> np.ndarray:
    """Chance of a positive rating of each text (texts,), by the model of its fold; 0.5 where there
    is none.
    """
    chance = np.full(len(fold), 0.5)
    for number, model in enumerate(models):
        if model:
            inside = fold == number
            chance[inside] = model.chance(words.only(inside))[inside]
    return chance
