"""Rows that a lost quote has swallowed or glued to another, and a header that stands again.

No single row shows these: they are well formed, each by itself.
"""

import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.program.errors import DataError
from recsys.shop_csv.columns import take, to_numpy
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.records import WELL_QUOTED, Block, Refused

_KEYS = ("user_id", "product_id", "rating")
_NOTHING = r"\n\n\n\x00"  # a pattern that matches nothing: no cell has a NUL


def row_pattern(names: tuple[str, ...], column: str) -> str:
    """A pattern for a text in `column` that has swallowed the end of its own row and the beginning
    of the next one; `names` are the columns of the file.

    Two quotes that are lost in two rows make one well formed record of them. It shows at a newline
    in the text: what comes after it begins like a row up to its rating, or, where the rating stands
    behind the text, what comes before it ends like one.
    """
    if column not in names:
        return _NOTHING
    place = names.index(column)
    known = dict.fromkeys(("user_id", "product_id"), r'[^,"\n]+')
    known["rating"] = r" *[0-9](?:\.[0-9]+)? *"
    cells = [known.get(name, r'[^,"\n]*') for name in names]
    if "rating" not in names[:place]:
        return "," + ",".join(cells[place + 1 :]) + r"\r?(?:\n|$)"
    last = max(names.index(name) for name in _KEYS if name in names[:place])
    return r"\n" + ",".join(cells[: last + 1]) + "(?:,|$)"


def swallowed(texts: pa.StringArray, pattern: str) -> np.ndarray:
    """Which texts (rows,) bool have several lines and match the pattern of `row_pattern`."""
    inside = to_numpy(pc.match_substring(texts, "\n")).copy()
    with_lines = take(texts, np.flatnonzero(inside))
    inside[inside] = to_numpy(pc.match_substring_regex(with_lines, pattern))
    return inside


def glued(block: Block, column: str) -> np.ndarray:
    """Rows (rows,) bool that begin with a byte order mark, in the text of the first `column`: a
    file that was put behind another.
    """
    begins = to_numpy(pc.starts_with(block.columns[column], "\ufeff")).copy()
    for at in np.flatnonzero(begins).tolist():
        begins[at] = block.raw[at].startswith("\ufeff")
    return begins


def check_headers(
    source: Source, names: tuple[str, ...], refused: list[Refused]
) -> None:
    """DataError if a refused row is a header that differs from the first one, `names`: rows behind
    it could pass in the wrong columns.
    """
    for row in refused:
        if all(name in row.raw for name in _KEYS) and _is_other_header(row.raw, names):
            raise second_header(source, row.line)


def _is_other_header(raw: str, names: tuple[str, ...]) -> bool:
    # a comment may quote a header
    quoted = '"' in raw and WELL_QUOTED.fullmatch(raw.encode())
    first_line = raw.splitlines()[0]
    texts = (
        next(csv.reader(io.StringIO(raw, newline="")))
        if quoted
        else first_line.split(",")
    )
    cells = tuple(text.strip(" \t\ufeff\"'") for text in texts)
    is_as_wide = abs(len(cells) - len(names)) <= 1
    return set(_KEYS) <= set(cells) and cells != names and is_as_wide


def second_header(source: Source, line: int) -> DataError:
    """The error that stops a run at a header in another order."""
    return DataError(
        f"{source.place}, line {line}: a second header with its columns in another order; "
        f"split the file there into two"
    )
