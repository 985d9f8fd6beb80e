"""A shop's comments and ratings, and their quality."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recsys.comments import quality

KEYS = {
    "scorer": "reviews",
    "no_comment": 0.5,
    "informative_words": 12.0,
    "mismatch_penalty": 0.5,
    "max_training_texts": 40000,
    "model": "none/none",
    "revision": "main",
    "batch_size": 2,
    "max_length": 16,
}
THINGS = ("kem", "son", "toner", "serum", "sữa rửa mặt", "mặt nạ")
GOOD = ("tốt lắm", "thấm nhanh rất thích", "mềm mịn dễ chịu", "sẽ mua lại")
BAD = ("tệ quá", "rất thất vọng", "kích ứng nổi mụn", "không mua nữa")


def make(**changes: object) -> quality.QualityParams:
    return quality.QualityParams.model_validate(KEYS | changes)


def shop(start: int = 0, stop: int = 160) -> tuple[list[str], np.ndarray]:
    """Comments and ratings: one in four is a dislike, and what it says fits."""
    comments, ratings = [], []
    for number in range(start, stop):
        good = number % 4 != 0
        phrase = (GOOD if good else BAD)[number // 4 % 4]
        comments.append(f"{THINGS[number % 6]} này {phrase} sau {number} ngày")
        ratings.append(5.0 if good else 1.0)
    return comments, np.array(ratings)


def scored(
    comments: Sequence[str],
    ratings: np.ndarray,
    raw: np.ndarray | None = None,
    cache: Path | None = None,
    **changes: object,
) -> np.ndarray:
    raw = np.ones(len(comments), dtype=bool) if raw is None else raw
    return quality.score(list(comments), ratings, raw, make(**changes), cache)


def read_after(
    raw: tuple[list[str], np.ndarray], texts: list[str], stars: float, **changes: object
) -> list[float]:
    """Quality of further texts with these stars, learned from the raw reviews."""
    ratings = np.append(raw[1], np.full(len(texts), stars))
    found = scored(
        [*raw[0], *texts], ratings, np.arange(len(ratings)) < len(raw[0]), **changes
    )
    return [float(value) for value in found[len(raw[0]) :]]
