"""Unicode's normal forms of columns of texts, fast where most texts have them already; and texts
without what nobody sees.

One rule for ids and product texts: characters that show nothing go (zero-width spaces and joiners,
soft hyphens, direction marks, variation selectors, fillers), and blanks of any kind, one or more,
are one blank.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import polars as pl

# Texts of these characters alone are in NFC and NFKC as they stand: ASCII, the letters of
# Vietnamese, dashes and quotes, signs and smileys. To look takes a sixth of the time.
PLAIN = (
    r"\t\n\r -~ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ"
    r"\x{2010}\x{2013}-\x{2016}\x{2018}-\x{201E}\x{2022}\x{2600}-\x{27BF}\x{1F300}-\x{1FAFF}"
)

# characters that show nothing (Unicode: default ignorable code points), the byte order mark too
INVISIBLE = (
    r"\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200B}-\x{200F}"
    r"\x{202A}-\x{202E}\x{2060}-\x{206F}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}"
    r"\x{FFF0}-\x{FFFB}\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}"
)
BLANKS = r"\p{Zs}\x{2800}"  # a blank of any kind
_UNSEEN = f"[{INVISIBLE}]|[^\\P{{Zs}} ]|\\x{{2800}}"
_TO_CLEAN = f"{_UNSEEN}|  "


def has_unseen(texts: pl.Series) -> pl.Series:
    """Which texts (rows,) bool have a character that shows nothing, or a blank that is not the
    usual one.
    """
    return texts.str.contains(_UNSEEN)


def visible(texts: pl.Series) -> pl.Series:
    """The texts in NFC without what nobody sees; ends are not trimmed, no nulls."""
    composed = normalised(texts, "NFC")
    to_clean = composed.str.contains(_TO_CLEAN)
    if not to_clean.any():
        return composed
    return changed_where(to_clean, composed, _cleaned)


def _cleaned(texts: pl.Series) -> pl.Series:
    seen = texts.str.replace_all(f"[{INVISIBLE}]", "")
    return seen.str.replace_all(f"[{BLANKS}]+", " ").str.normalize("NFC")


def normalised(texts: pl.Series, form: Literal["NFC", "NFKC"]) -> pl.Series:
    """The texts in a normal form; no nulls."""
    is_plain = texts.str.contains(f"^[{PLAIN}]*$")
    return changed_where(~is_plain, texts, lambda some: some.str.normalize(form))


def changed_where(
    which: pl.Series, texts: pl.Series, change: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """The texts with a change to those that `which` (rows,) bool marks."""
    changed = np.flatnonzero(which.to_numpy())
    place = np.arange(len(texts))
    place[changed] = len(texts) + np.arange(len(changed))
    return pl.concat([texts, change(texts[changed])])[place]
