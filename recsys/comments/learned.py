"""What a comment says, learned from the shop's own reviews: text in, chance of a positive rating
out.

A text is cut into words (runs of letters and digits; any other sign stands for itself, so that a
smiley counts), without word segmentation: Vietnamese syllables and pairs of neighbours carry the
meaning (on real reviews character n-grams added nothing: bench/results/quality.md). Words and pairs
are hashed into `BUCKETS` columns, 1 where present, weighted by inverse document frequency, rows of
length 1; on them a logistic regression with classes of equal weight, as most ratings are five
stars.

No text is scored by a model that saw it: a text belongs to one of `FOLDS` folds by its hash, and
model f learns from all training texts outside fold f and scores those inside. A text that nobody
trained on follows the same rule, so a score is a function of the text and the training texts alone.
Weights are rounded to integers: their sums are exact in any order, so that neither the number of
threads nor the company of other texts shows in a score.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

log = logging.getLogger(__name__)

FOLDS = 4
BUCKETS = 1 << 20
CHUNK = 16_384  # texts that are cut at once; below 2 ** 24
UNIT = 2.0**20  # weights are integers in units of 1 / UNIT
FEWEST = 10  # texts of each class that a model needs
COST = 1.0  # liblinear's C: inverse strength of the penalty


@dataclass(frozen=True)
class Words:
    """Words and pairs of `texts` texts.

    text, column    (n,) int64, every distinct word and pair of each text once, in no order that
                    matters
    distinct        (texts,) int64, distinct words
    variety         (texts,) float64, share of distinct ones among the pairs of neighbours; 1 where
                    there is no pair
    """

    text: np.ndarray
    column: np.ndarray
    distinct: np.ndarray
    variety: np.ndarray


def cut(texts: list[str]) -> Words:
    """Words and pairs of normalised texts: not blank, no line breaks. A run of one character counts
    once (tốtttt).
    """
    size = len(texts)
    text, word = _tokens(texts)
    same_text = text[1:] == text[:-1]
    pair = _mix(word[:-1] * np.uint64(3) + word[1:])[same_text]
    text_of_pair = text[1:][same_text]
    word_keys, pair_keys = _distinct(text, word), _distinct(text_of_pair, pair)
    keys = np.concatenate([word_keys, pair_keys])
    pairs = np.bincount(text_of_pair, minlength=size)
    distinct_pairs = np.bincount(_text_of(pair_keys), minlength=size)
    variety = np.where(pairs > 0, distinct_pairs / np.maximum(pairs, 1), 1.0)
    return Words(
        text=_text_of(keys),
        column=(keys & np.uint64(BUCKETS - 1)).astype(np.int64),
        distinct=np.bincount(_text_of(word_keys), minlength=size),
        variety=variety,
    )


def _tokens(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Text (tokens,) and 64-bit hash (tokens,) of each word in order."""
    every_code = np.frombuffer("\n".join(texts).encode("utf-32-le"), dtype="<u4")
    codes = every_code[np.append(True, every_code[1:] != every_code[:-1])]
    line_end = codes == ord("\n")
    space = (codes == ord(" ")) | line_end
    letter = _letters()[codes]
    begins_word = ~space
    begins_word[1:] &= ~(letter[1:] & letter[:-1])
    starts = np.flatnonzero(begins_word)
    place_in_word = np.arange(len(codes)) - starts[np.cumsum(begins_word) - 1]
    mixed = _mix(
        codes.astype(np.uint64) | place_in_word.astype(np.uint64) << np.uint64(32)
    )
    mixed[space] = 0
    words = _mix(np.add.reduceat(mixed, starts))
    return np.cumsum(line_end)[starts], words


@lru_cache(maxsize=1)
def _letters() -> np.ndarray:
    """Which code points are letters or digits, (0x110000,) bool."""
    return np.fromiter(
        (chr(code).isalnum() for code in range(0x110000)), dtype=bool, count=0x110000
    )


def _mix(values: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each value (the finalizer of splitmix64; Steele, Lea and Flood, 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return mixed ^ mixed >> np.uint64(31)


def _distinct(text: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Distinct pairs of text and hash: 24 bits of the one, then 40 of the other, sorted (np.unique
    is far slower).
    """
    keys = np.sort(text.astype(np.uint64) << np.uint64(40) | hashes >> np.uint64(24))
    is_first = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    return np.asarray(keys[is_first])


def _text_of(keys: np.ndarray) -> np.ndarray:
    """The text of each key of `_distinct`, (keys,) int64."""
    return (keys >> np.uint64(40)).astype(np.int64)


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
    stands in the text `text` (m,), 0 to n - 1.

    The same bytes for any number of threads: liblinear's dual solver has one and calls no BLAS.
    """
    from sklearn.linear_model import LogisticRegression

    count = len(positive)
    frequency = np.bincount(column, minlength=BUCKETS)
    inverse = np.log((1 + count) / (1 + frequency)) + 1
    square = np.round(inverse**2 * UNIT)
    length = np.sqrt(np.bincount(text, weights=square[column], minlength=count) / UNIT)
    rows = csr_matrix(
        (inverse[column] / length[text], (text, column)), shape=(count, BUCKETS)
    )
    rows.sort_indices()
    solver = LogisticRegression(
        solver="liblinear",
        dual=True,
        C=COST,
        class_weight="balanced",
        max_iter=1000,
        tol=1e-3,
        random_state=0,
    )
    solver.fit(rows, positive)
    intercept = float(np.round(solver.intercept_[0] * UNIT) / UNIT)
    return Model(np.round(inverse * solver.coef_[0] * UNIT), square, intercept)


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
    """
    text, column = _cut_all(texts)
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


def _cut_all(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Text and column of every word and pair, cut chunk by chunk."""
    none = np.empty(0, np.int64)
    text, column = [none], [none]
    for part in chunks(len(texts)):
        words = cut(texts[part])
        text.append(words.text + part.start)
        column.append(words.column)
    return np.concatenate(text), np.concatenate(column)


def chances(words: Words, fold: np.ndarray, models: list[Model | None]) -> np.ndarray:
    """Chance of a positive rating of each text (texts,), by the model of its fold; 0.5 where there
    is none.
    """
    chance = np.full(len(fold), 0.5)
    for number, model in enumerate(models):
        if model:
            inside = fold == number
            chance[inside] = model.chance(words)[inside]
    return chance


def chunks(count: int) -> Iterator[slice]:
    """Slices of at most CHUNK that cover 0 to `count`."""
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))
