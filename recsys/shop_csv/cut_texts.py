"""Texts that are cut at a line break: the rest of them stands in lines that are refused, or blank.

A quote that is lost, one too many, or none at all ends a text in the middle. What stands before the
break, or behind it, is then a well formed row, and nothing in it shows what is gone. It shows
beside it: a line there is refused, and is no row by itself, as no rating and no time stand where a
row has them. So it may be the rest of the text, and the row is refused, too.

This can be only where nothing that is judged stands between the text and the break: a text behind
rating and time may go on in the next line, one before them may have begun in the line above.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from recsys.shop_csv.columns import take
from recsys.shop_csv.contract import TEXTS
from recsys.shop_csv.records import Block, Refused
from recsys.shop_csv.row_forms import RATING, TIME, Form

FEWEST_SPACED = 5  # rows that tell that a blank line stands behind each row of a file


def form_of(names: Sequence[str], time: str) -> Form:
    """The form of a file of the contract with these columns."""
    judged = ((names.index("rating"), RATING), (names.index(time), TIME))
    texts = tuple(names.index(name) for name in TEXTS if name in names)
    return Form(len(names), judged, texts)


def cut_off(
    block: Block, names: Sequence[str], time: str, strange: np.ndarray
) -> np.ndarray:
    """Rows (rows,) bool whose text may go on in a line beside them that is refused for its form, or
    where that is `strange` (rows,) bool: neither rating nor time are any, and it is no header; or,
    of a text at an end and without quotes, in one that is blank.
    """
    form = form_of(names, time)
    cut = np.zeros(len(block), dtype=bool)
    if not (form.runs_on or form.runs_in) or not len(block):
        return cut
    broken = [*block.broken(), *block.beside]
    odd = [
        int(block.line[at])
        for at in np.flatnonzero(strange).tolist()
        if len(set(block.raw[at].split(","))) > 1  # ======, or NULL in each cell
    ]
    starts = _starts(block, block.beside)
    if form.runs_on:
        rests = _lines(broken, [not form.begins(row.raw) for row in broken])
        cut |= _before(block, starts, [*rests, *odd])
        cut |= _before_blank(block) if names[-1] in TEXTS else False
    if form.runs_in:
        rests = _lines(broken, [not form.ends(row.raw) for row in broken])
        cut |= _behind(block, starts, [*rests, *odd])
        cut |= _after_blank(block) if names[0] in TEXTS else False
    return cut


def _lines(rows: Sequence[Refused], wanted: Sequence[bool]) -> list[int]:
    return [row.line for row, is_one in zip(rows, wanted, strict=True) if is_one]


def headers_among(
    block: Block, names: Sequence[str], strange: np.ndarray
) -> np.ndarray:
    """Which of the strange rows (rows,) bool are the header again."""
    header = list(names)
    found = np.zeros(len(block), dtype=bool)
    for at in np.flatnonzero(strange).tolist():
        cells = [cell.strip(' "\ufeff') for cell in block.raw[at].split(",")]
        found[at] = cells == header
    return found


def _starts(block: Block, beside: Sequence[Refused] = ()) -> np.ndarray:
    """The lines (records,) int64 where the records begin, ascending: rows and refused ones."""
    refused = [row.line for row in (*block.refused, *beside)]
    return np.unique(np.concatenate([block.line, np.array(refused, dtype=np.int64)]))


def _before(block: Block, starts: np.ndarray, lines: list[int]) -> np.ndarray:
    """Rows (rows,) bool that stand before a record that begins in one of the lines."""
    at = np.searchsorted(starts, np.array(lines, dtype=np.int64)) - 1
    found: np.ndarray = np.isin(block.line, starts[at[at >= 0]])
    return found


def _behind(block: Block, starts: np.ndarray, lines: list[int]) -> np.ndarray:
    """Rows (rows,) bool that stand behind a record that begins in one of the lines."""
    at = np.searchsorted(starts, np.array(lines, dtype=np.int64), side="right")
    found: np.ndarray = np.isin(block.line, starts[at[at < len(starts)]])
    return found


def _before_blank(block: Block) -> np.ndarray:
    """Rows (rows,) bool that end without a quote before a blank line; none if there is one such
    line behind every row.
    """
    starts = _starts(block)
    at = np.searchsorted(starts, block.line, side="right")
    is_last = at == len(starts)
    following = starts[np.minimum(at, len(starts) - 1)]
    following[is_last] = block.line[is_last] + (2 if block.ends_blank else 1)
    blanks = np.zeros(len(block), dtype=np.int64)
    bare = np.zeros(len(block), dtype=bool)
    gaps = np.flatnonzero(following > block.line + 1)
    for row in _with_other_lines(block, gaps, (following - block.line)[gaps] - 1):
        raw = block.raw[row]
        blanks[row] = following[row] - block.line[row] - raw.count("\n") - 1
        bare[row] = not raw.endswith('"')
    if block.ends_blank and is_last.any():
        blanks[is_last] = 1
        bare[is_last] = not block.raw[len(block) - 1].endswith('"')
    is_spaced = len(block) >= FEWEST_SPACED and bool((blanks[:-1] == 1).all())
    return bare & (blanks > 0) & (not is_spaced)


def _with_other_lines(block: Block, rows: np.ndarray, wanted: np.ndarray) -> list[int]:
    """Those of the `rows` (some,) int64 whose cells do not have as many line breaks as is `wanted`
    (some,) int64: a blank line may stand behind them.
    """
    if not len(rows):
        return []
    breaks = np.zeros(len(rows), dtype=np.int64)
    for column in block.columns.values():
        texts = pl.Series(pl.from_arrow(take(column, rows)))
        breaks += texts.str.count_matches("\n", literal=True).to_numpy()
    found: list[int] = rows[breaks != wanted].tolist()
    return found


def _after_blank(block: Block) -> np.ndarray:
    """Rows (rows,) bool that begin without a quote behind a blank line; none if there is one such
    line before every row.
    """
    starts = _starts(block)
    at = np.searchsorted(starts, block.line) - 1
    is_first = at < 0
    former = starts[np.maximum(at, 0)]
    former[is_first] = block.line[is_first] - (2 if block.begins_blank else 1)
    sizes = {row.line: row.raw.count("\n") for row in block.refused}
    blanks = np.zeros(len(block), dtype=np.int64)
    bare = np.zeros(len(block), dtype=bool)
    for row in np.flatnonzero(former < block.line - 1).tolist():
        size = sizes.get(int(former[row]))
        if size is None and not is_first[row]:
            size = block.raw[row - 1].count("\n")
        blanks[row] = block.line[row] - former[row] - (size or 0) - 1
        bare[row] = not block.raw[row].startswith('"')
    is_spaced = len(block) >= FEWEST_SPACED and bool((blanks[1:] == 1).all())
    return bare & (blanks > 0) & (not is_spaced)
