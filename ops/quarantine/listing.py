"""What an operator sees of refused rows: counts, the rows themselves, what a reason means.

reads   data/merged/quarantine.parquet      what merge refused
        data/merged/blocked/                what it stopped at
"""

import json

import polars as pl

from ops.quarantine.places import Places
from ops.quarantine.prefixes import the_one
from ops.terminal import aligned, cut, printable
from recsys.files.atomic import read_json
from recsys.files.tables import read_table
from recsys.intake import blocked_rows
from recsys.intake.blocked import faults
from recsys.program.errors import ConfigError, DataError
from recsys.shop_csv.reasons import REASONS

FILE_WIDTH, ROW_FILE_WIDTH = 60, 40  # columns of a terminal
EXAMPLE_WIDTH = 100
MIN_TEXT_WIDTH = 20


# ---- what is asked for ----
def known_reason(code: str) -> str:
    """The code that is meant: it, or the one that begins so. ConfigError names the known ones."""
    begun = [known for known in REASONS if known.startswith(code)]
    if code in REASONS or len(begun) == 1:
        return code if code in REASONS else begun[0]
    raise ConfigError(
        f"unknown reason {printable(code)!r}; known are {', '.join(begun or REASONS)}"
    )


def read_quarantine(
    places: Places, reason: str | None, file: str | None
) -> pl.DataFrame:
    """The rows in quarantine, of one reason or file if asked for.

    ConfigError names the reasons, or the files with such rows, if there is none of it.
    """
    reason = reason and known_reason(reason)
    rows = all_rows(places)
    if file is not None:
        files = sorted(set(rows["file"]))
        file = the_one(file, files, "no row in quarantine is of the file")
    for column, value in (("reason", reason), ("file", file)):
        rows = rows if value is None else rows.filter(pl.col(column) == value)
    return rows


def all_rows(places: Places) -> pl.DataFrame:
    """What the last good merge refused, and what a later one stopped at; a file counts once."""
    stopped = blocked_rows.rows(places.merged)
    if stopped is None:
        return read_table(places.quarantine)
    if not places.quarantine.exists():
        return stopped
    rows = read_table(places.quarantine)
    files = stopped["file"].unique().implode()
    return pl.concat([rows.filter(~pl.col("file").is_in(files)), stopped])


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


def as_json(rows: pl.DataFrame, blocked: dict[str, str], *, whole: bool) -> str:
    """The counts and the blocked batches for programs, ASCII only; the rows themselves with
    `whole`.
    """
    counts = rows.group_by("file", "reason", "hint").len("rows").sort("file", "reason")
    listing = {"total": len(rows), "counts": counts.to_dicts(), "blocked": blocked}
    if whole:
        listing["rows"] = rows.to_dicts()
    return json.dumps(listing, indent=2)


def blocked(places: Places) -> dict[str, str]:
    """The batches that the last merge left out, and the file that it stopped at, why each; none
    before the first merge.
    """
    try:
        found: dict[str, str] = read_json(places.merge_metrics).get("blocked", {})
    except DataError:
        found = {}
    return found | faults(places.merged)


def all_codes() -> str:
    """Every reason with what to do."""
    lines = [("REASON", "HOW TO MEND IT")]
    lines += [(reason.code, reason.hint) for reason in REASONS.values()]
    return "\n".join(aligned(lines))


def explanation(code: str) -> str:
    """What a reason means, and how to mend it. ConfigError names the known ones."""
    code = known_reason(code)
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
