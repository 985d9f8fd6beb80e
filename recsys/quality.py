"""Comment quality in [0, 1]: how much an interaction's comment says. It adds to the rating in the confidence."""

import math
from typing import Literal

import numpy as np
from pydantic import Field

from recsys.params import Section

FLOOR = 0.25  # the shortest comment still says that somebody wrote one
WORDS = 12.0  # distinct words after which a comment has said most of what it will


class QualityParams(Section):
    scorer: Literal["simple"]
    no_comment: float = Field(ge=0, le=1)


def simple(comment: str) -> float:
    """`FLOOR` to 1: saturates with the number of distinct words, falls with repetition. No words: `FLOOR`."""
    words = comment.lower().split()
    if not words:
        return FLOOR
    distinct = len(set(words))
    variety = distinct / len(words)
    return FLOOR + (1 - FLOOR) * variety * (1 - math.exp(-distinct / WORDS))


def score(comments: list[str], params: QualityParams) -> np.ndarray:
    """Quality of each comment, shape (comments,), float32 rounded to 4 digits; `no_comment` for an empty one."""
    known = {comment: simple(comment) if comment.strip() else params.no_comment for comment in set(comments)}
    return np.array([round(known[comment], 4) for comment in comments], dtype=np.float32)
