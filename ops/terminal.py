"""Text for a terminal: columns that align, cells cut to a width, nothing that a terminal obeys."""

import unicodedata
from collections.abc import Sequence

PIECE = 4  # a letter may be several characters that take one column


def cut(text: str, width: int) -> str:
    """The text as it may stand on a terminal, in at most `width` columns.

    An ellipsis says that more follows.
    """
    piece = printable(text[: PIECE * width])
    if len(text) <= PIECE * width and columns_of(piece) <= width:
        return piece
    room, kept = width - 1, ""
    for character in piece:
        room -= columns_of(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…"


def columns_of(text: str) -> int:
    """How many columns of a terminal a printable text takes: a wide letter 2, an accent 0."""
    letters = [character for character in text if not unicodedata.combining(character)]
    wide = [
        letter for letter in letters if unicodedata.east_asian_width(letter) in "WF"
    ]
    return len(letters) + len(wide)


def printable(text: str) -> str:
    """The text with control and format characters as escapes: none of them reaches a terminal."""
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape").decode()
        for character in text
    )


def took(seconds: float) -> str:
    """A length of time in the two units that tell: 4.2 s, 3 min 20 s, 5 h 2 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes} min {rest} s"
        if minutes < 60
        else f"{minutes // 60} h {minutes % 60} min"
    )


def size_in_words(size: float) -> str:
    """Bytes in the unit that tells: 12 B, 345 KB, 6.7 GB."""
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def counted(count: int, thing: str) -> str:
    """So many things: 1 drop, 2 drops, 3,400 drops."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
