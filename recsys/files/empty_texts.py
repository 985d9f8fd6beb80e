"""Texts that say nothing: blank ones, what programs write where there is none (`\\N`, `nan`,
`NULL`), and signs without a letter (`-`, `...`).
"""

import polars as pl

LONGEST = 40  # bytes of such a text, blanks around it not counted
_MARKS = (
    "\\n",
    "nan",
    "<na>",
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "nat",
    "null",
    "(null)",
    "<null>",
    "[null]",
    "nil",
    "none",
    "undefined",
    "empty",
    "(empty)",
    "blank",
    "no comment",
    "no comments",
    "no review",
    "no text",
    "[deleted]",
    "[removed]",
    "không",
    "không có",
    "không có nhận xét",
    "không nhận xét",
    "không có bình luận",
    "không bình luận",
)
_NO_LETTER = r"^[\p{P}\p{Z}\p{C}\s]*$"


def is_empty(texts: pl.Series) -> pl.Series:
    """Which texts (rows,) bool say nothing; no nulls."""
    empty = texts == ""
    short = texts.str.len_bytes() <= LONGEST
    some = (short & ~empty).arg_true()
    if not len(some):
        return empty
    bare = texts[some].str.strip_chars()
    is_mark = bare.str.to_lowercase().is_in(_MARKS) | bare.str.contains(_NO_LETTER)
    return empty.scatter(some, is_mark)
