"""Words of comments, and pairs of neighbours.

A text is cut into words (runs of letters and digits; any other sign stands for itself, so that a
smiley counts), without word segmentation: Vietnamese syllables and pairs of neighbours carry the
meaning (on real reviews character n-grams added nothing: bench/results/quality.md). Words and pairs
are hashed into `BUCKETS` columns.

What stands between two blanks stands in many texts: each such part is cut and hashed once.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from recsys.files.mixing import mixed
from recsys.files.stretches import cells

BUCKETS = 1 << 20
CHUNK = 8192  # texts that are cut at once; below 2 ** 24
THREADS = 2

Result = TypeVar("Result")


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

    def only(self, texts: np.ndarray) -> "Words":
        """Without the words and pairs of the texts that are not marked, (texts,) bool."""
        kept = texts[self.text]
        return replace(self, text=self.text[kept], column=self.column[kept])


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


class _Tokens(NamedTuple):
    """Words in order: the text (tokens,) that each stands in, and its 64-bit hash (tokens,)."""

    text: np.ndarray
    word: np.ndarray


def _tokens(texts: list[str]) -> _Tokens:
    """The words of the texts: those of each distinct part between blanks, put where it stands."""
    split = pl.Series(texts, dtype=pl.String).str.split(" ")
    parts = split.explode().to_frame("part")
    distinct = parts.unique().with_row_index("number")
    part = parts.join(distinct, on="part", how="left", maintain_order="left")["number"]
    known = _words_of_parts(distinct["part"].to_list())
    count = np.bincount(known.text, minlength=len(distinct))
    first = np.cumsum(count) - count
    text = np.repeat(np.arange(len(texts)), split.list.len().to_numpy())
    places = cells(first[part.to_numpy()], count[part.to_numpy()])
    return _Tokens(np.repeat(text, count[part.to_numpy()]), known.word[places])


def _words_of_parts(parts: list[str]) -> _Tokens:
    """The words of texts that may have no blank, sign by sign."""
    every_code = np.frombuffer("\n".join(parts).encode("utf-32-le"), dtype="<u4")
    codes = every_code[np.append(True, every_code[1:] != every_code[:-1])]
    line_end = codes == ord("\n")
    space = (codes == ord(" ")) | line_end
    letter = _is_letter(codes)
    begins_word = ~space
    begins_word[1:] &= ~(letter[1:] & letter[:-1])
    starts = np.flatnonzero(begins_word)
    place_in_word = np.arange(len(codes)) - starts[np.cumsum(begins_word) - 1]
    mixed = _mix(
        codes.astype(np.uint64) | place_in_word.astype(np.uint64) << np.uint64(32)
    )
    mixed[space] = 0
    words = _mix(np.add.reduceat(mixed, starts))
    return _Tokens(np.cumsum(line_end)[starts], words)


def _is_letter(codes: np.ndarray) -> np.ndarray:
    """Which code points (n,) are letters or digits, (n,) bool."""
    letters = np.zeros(0x110000, dtype=bool)
    signs = np.flatnonzero(np.bincount(codes))
    letters[signs] = [chr(code).isalnum() for code in signs.tolist()]
    return np.asarray(letters[codes])


def _mix(values: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each value; 0 has one too."""
    return mixed(values + np.uint64(0x9E3779B97F4A7C15))


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


def for_chunks(count: int, action: Callable[[slice], Result]) -> list[Result]:
    """What `action` gives for each slice of CHUNK texts, in order; two are worked at at once, which
    no result depends on.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(action, chunks(count)))


def chunks(count: int) -> Iterator[slice]:
    """Slices of at most CHUNK that cover 0 to `count`."""
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))
