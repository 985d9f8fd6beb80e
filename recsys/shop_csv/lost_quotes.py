"""Rows that a lost quote has swallowed, cut or glued to another."""

import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.program.errors import DataError
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.records import WELL_QUOTED, Block, Refused


def _swallowed(texts: pa.StringArray, pattern: str) -> np.ndarray:
    """Which texts (rows,) bool of several lines match the pattern."""
    lines = pc.match_substring(texts, "\n")
    found: np.ndarray = pc.and_(lines, pc.match_substring_regex(texts, pattern)).to_numpy(
        zero_copy_only=False
    )
    return found


def _cut_off(block: Block, names: tuple[str, ...]) -> np.ndarray:
    """Rows (rows,) bool whose comment, at an end and unquoted, may go on: the line there is refused
    for its form.
    """
    bad = [row.line for row in block.refused if row.reason in ("cells", "quote")]
    cut = np.zeros(len(block), dtype=bool)
    if names[-1] == "comment":
        after = np.isin(block.line + 1, bad) | _before_blank(block)
        cut[
            [
                at
                for at in np.flatnonzero(after).tolist()
                if not block.raw[at].endswith('"') and "\n" not in block.raw[at]
            ]
        ] = True
    if names[0] == "comment":
        before = np.isin(block.line - 1, bad) | _after_blank(block)
        cut[[at for at in np.flatnonzero(before).tolist() if not block.raw[at].startswith('"')]] = (
            True
        )
    return cut


def _before_blank(block: Block) -> np.ndarray:
    """Rows (rows,) bool of one line that come before a blank line."""
    starts = np.concatenate(
        [block.line, np.array([row.line for row in block.refused], dtype=np.int64)]
    )
    found: np.ndarray = ~np.isin(block.line + 1, starts) & (
        (block.line < starts.max(initial=0)) | block.ends_blank
    )
    return found


def _after_blank(block: Block) -> np.ndarray:
    """Rows (rows,) bool that come after a blank line; what stood before the block is not known."""
    line, raw = block.line.tolist(), block.raw
    ends = {at + raw[place].count("\n") for place, at in enumerate(line)}
    ends |= {row.line + row.raw.count("\n") for row in block.refused}
    first = min([*line[:1], *(row.line for row in block.refused[:1])], default=0)
    return np.array([at > first and at - 1 not in ends for at in line], dtype=bool)


def _glued(block: Block, column: str) -> np.ndarray:
    """Rows (rows,) bool that begin with a byte order mark, in a text: a file that was put behind
    another.
    """
    glued = np.array(pc.starts_with(block.columns[column], "\ufeff"))
    for at in np.flatnonzero(glued).tolist():
        glued[at] = block.raw[at].startswith("\ufeff")
    return glued


def _row_inside(names: tuple[str, ...], column: str) -> str:
    """A pattern for a text in `column` that has swallowed the end of its own row and the beginning
    of the next one.

    Two quotes that are lost in two rows make one well formed record of them. It shows at a newline
    in the text: what comes after it begins like a row up to its rating, or, where the rating stands
    behind the text, what comes before it ends like one.
    """
    if column not in names:
        return r"\n\n\n\x00"  # matches nothing: no cell has a NUL
    place = names.index(column)
    cell = dict.fromkeys(("user_id", "product_id"), r'[^,"\n]+') | {
        "rating": r" *[0-9](?:\.[0-9]+)? *"
    }
    cells = [cell.get(name, r'[^,"\n]*') for name in names]
    if "rating" in names[:place]:
        last = max(
            names.index(name)
            for name in ("user_id", "product_id", "rating")
            if name in names[:place]
        )
        return r"\n" + ",".join(cells[: last + 1]) + "(?:,|$)"
    return "," + ",".join(cells[place + 1 :]) + r"\r?(?:\n|$)"


def _check_headers(source: Source, names: tuple[str, ...], refused: list[Refused]) -> None:
    """DataError if a refused row is a header that differs from the first one."""
    wanted = {"user_id", "product_id", "rating"}
    for row in refused:
        if not all(name in row.raw for name in wanted):
            continue
        quoted = '"' in row.raw and WELL_QUOTED.fullmatch(
            row.raw.encode()
        )  # a comment may quote a header
        cells = (
            next(csv.reader(io.StringIO(row.raw, newline="")))
            if quoted
            else row.raw.splitlines()[0].split(",")
        )
        found = tuple(cell.strip(" \t\ufeff\"'") for cell in cells)
        if (
            wanted <= set(found) and found != names and abs(len(found) - len(names)) <= 1
        ):  # rows of it could pass
            raise DataError(
                f"{source.place}, line {row.line}: a second header with its columns in another order; "
                f"split the file there into two"
            )
