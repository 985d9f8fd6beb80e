"""Ratings of a file that has a scale of its own beside files of purchases, which are stars."""

import re
from collections.abc import Sequence

from recsys.shop_csv.rating_scale import DIGITS, Scale

_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,30})?")


def as_stars(text: str, ends: Sequence[float]) -> str:
    """A rating between these ends as one of 1 to 5. What is beyond them stays so; what is no number
    stays, and so does a 0 that was not given.
    """
    scale = Scale(*ends)
    if not _NUMBER.fullmatch(text) or (scale.low > 0 and not float(text)):
        return text
    return f"{scale.stars(float(text)):.{DIGITS}f}".rstrip("0").rstrip(".")
