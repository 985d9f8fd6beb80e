"""What an operator sees of refused rows: counts, the rows themselves, what a reason means.

reads   data/merged/quarantine.parquet      what merge refused
"""

import json

import polars as pl

from ops.quarantine.places import Places
from ops.terminal import aligned, cut, printable
from recsys.files.tables import read_table
from recsys.program.errors import ConfigError
from recsys.shop_csv.reasons import REASONS

FILE_WIDTH, ROW_FILE_WIDTH = 60, 40  # columns of a terminal
EXAMPLE_WIDTH = 100
MIN_TEXT_WIDTH = 20


# ---- what is asked for ----
def check_reason(code: str | None) -> None:
    """ConfigError if there is no such reason."""
    if code is not None and code not in REASONS:
        raise ConfigError(
            f"unknown reason {printable(code)!r}; known are {', '.join(REASONS)}"
        )


def read_quarantine(
    places: Places, reason: str | None, file: str | None
) -> pl.DataFrame:
    """The rows in quarantine, of one reason or file if asked for.

    ConfigError names the reasons, or the files with such rows, if there is none of it.
    """
    check_reason(reason)
    rows = read_table(places.quarantine)
    if file is not None and file not in set(rows["file"]):
        files = ", ".join(sorted(set(rows["file"]))) or "none"
        raise ConfigError(
            f"no row of {printable(file)!r} is in quarantine; "
            f"files with such rows: {printable(files)}"
        )
    for column, value in (("reason", reason), ("file", file)):
        rows = rows if value is None else rows.filter(pl.col(column) == value)
    return rows


# ---- how it is shown ----
def count_table(rows: pl.DataFrame) -> str:
    """Rows by file and reason, then what each reason asks for."""
    counts = rows.group_by("file", "reason").len().sort("file", "reason")
    lines = [("FILE", "REASON", "ROWS")]
    for file, reason, count in counts.iter_rows():
        lines.append((cut(file, FILE_WIDTH), reason, f"{count:4d}"))
    hints = [("REASON", "HOW TO MEND IT")]
    for reason in sorted(set(counts["reason"])):
        hints.append((reason, REASONS[reason].hint if reason in REASONS else ""))
    return "\n".join([*aligned(lines), "", *aligned(hints)])


def row_table(rows: pl.DataFrame, width: int) -> str:
    """The rows themselves, each in one line of at most `width` columns."""
    lines = [("FILE", "LINE", "COLUMN", "REASON")]
    for file, line, column, reason in rows.select(
        "file", "line", "column", "reason"
    ).iter_rows():
        lines.append((cut(file, ROW_FILE_WIDTH), str(line), column or "row", reason))
    left = aligned(lines)
    indent = max(map(len, left)) + 2
    room = max(width - indent, MIN_TEXT_WIDTH)
    texts = ["TEXT", *(cut(raw, room) for raw in rows["raw"])]
    return "\n".join(
        f"{start:{indent}}{text}" for start, text in zip(left, texts, strict=True)
    )


def as_json(rows: pl.DataFrame, *, whole: bool) -> str:
    """The counts for programs, ASCII only; the rows themselves with `whole`."""
    counts = rows.group_by("file", "reason", "hint").len("rows").sort("file", "reason")
    listing = {"total": len(rows), "counts": counts.to_dicts()}
    if whole:
        listing["rows"] = rows.to_dicts()
    return json.dumps(listing, indent=2)


def explanation(code: str) -> str:
    """What a reason means, and how to mend it. ConfigError names the known ones."""
    check_reason(code)
    reason = REASONS[code]
    example = (
        ("header", ",".join(reason.columns)),
        ("refused", cut(_as_text(reason.refused), EXAMPLE_WIDTH)),
        ("mended", _as_text(reason.mended)),
    )
    return "\n".join([f"{code}: {reason.hint}", "", *aligned(example)])


def _as_text(row: str) -> str:
    """An example with bytes that are not UTF-8 as escapes."""
    return row.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
