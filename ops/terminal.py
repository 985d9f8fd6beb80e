"""Text for a terminal: columns that align, cells cut to a width, nothing that a terminal obeys."""

import unicodedata
from collections.abc import Sequence


# ---- words for a terminal ----
def cut(text: str, width: int) -> str:
    """The text as it may stand on a terminal, in at most `width` columns (an ellipsis says that
    more follows).
    """
    piece = printable(text[: 4 * width])  # a letter may be several characters that take one column
    if len(text) <= 4 * width and sum(map(_columns, piece)) <= width:
        return piece
    room, kept = width - 1, ""
    for each in piece:
        room -= _columns(each)
        if room < 0:
            break
        kept += each
    return f"{kept}…"


def _columns(each: str) -> int:
    return 0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")


def printable(text: str) -> str:
    """The text with control and format characters as escapes: none of them reaches a terminal."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def took(seconds: float) -> str:
    """A length of time in the two units that tell: 4.2 s, 3 min 20 s, 5 h 2 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
