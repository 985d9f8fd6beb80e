"""What operators do with refused rows: look, understand, mend in a spreadsheet, feed back, set a batch aside.

reads   data/merged/quarantine.parquet      what merge refused
writes  data/batches/aside/, and what ops/refused.py and ops/replay.py say
"""

import io
import json
import logging
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from ops import refused as refusals
from ops import replay as replays
from ops.audit import no_repro
from ops.refused import Places, printable
from ops.status import aligned
from recsys import batches as sealing
from recsys.artifacts import fsync_folder, write_text
from recsys.contract import ATTRIBUTES, HINTS, PRODUCTS, STAGING
from recsys.errors import ConfigError, DataError, door
from recsys.tables import read_table

PLACES = Places(Path())
STATE = Path("state")
RUN = "python runner.py quarantine"
PIPE_WIDTH = 160  # columns where there is no terminal
_LATIN1 = "\udce9"  # the byte E9, which is no UTF-8 there

# A row that is refused for each reason, and the same one mended.
_GOOD = "u1,p1,5,good,2024-03-01 10:00:00"
EXAMPLES = {
    "cells": ("u1,p1,5,good, really,2024-03-01 10:00:00", 'u1,p1,5,"good, really",2024-03-01 10:00:00'),
    "quote": ('u1,p1,5,a "good" one,2024-03-01 10:00:00', 'u1,p1,5,"a ""good"" one",2024-03-01 10:00:00'),
    "header": ("product_id,product_name", "p9,Brush"),
    "cut": ("u1,p1,5,2024-03-01 10:00:00,good\nreally", 'u1,p1,5,2024-03-01 10:00:00,"good\nreally"'),
    "unfinished": ("u1,p1,5,good,2024-03-01 10:0 (the file ends here)", _GOOD),
    "swallowed": ('u1,p1,5,"good\nu2,p1,4,fine,2024-03-02 10:00:00\n",2024-03-01 10:00:00', _GOOD),
    "field_long": (f"u1,p1,5,{'good ' * 60},2024-03-01 10:00:00", _GOOD),
    "long": ("u1,p1,5,good ... and no line end in 1 MiB", _GOOD),
    "encoding": (f"u1,p1,5,caf{_LATIN1},2024-03-01 10:00:00", "u1,p1,5,café,2024-03-01 10:00:00"),
    "control": ("u1,p1,5,go\0od,2024-03-01 10:00:00", _GOOD),
    "id_empty": (",p1,5,good,2024-03-01 10:00:00", _GOOD),
    "id_long": (f"{'u1' * 65},p1,5,good,2024-03-01 10:00:00", _GOOD),
    "id_control": ('"u\t1",p1,5,good,2024-03-01 10:00:00', _GOOD),
    "rating_empty": ("u1,p1,,good,2024-03-01 10:00:00", _GOOD),
    "rating_number": ("u1,p1,five,good,2024-03-01 10:00:00", _GOOD),
    "rating_range": ("u1,p1,6,good,2024-03-01 10:00:00", _GOOD),
    "time_empty": ("u1,p1,5,good,", _GOOD),
    "time_format": ("u1,p1,5,good,March 1st", _GOOD),
    "time_local": ("u1,p1,5,good,2024-03-10 02:30:00", "u1,p1,5,good,2024-03-10T02:30:00-05:00"),
    "time_future": ("u1,p1,5,good,2124-03-01 10:00:00", _GOOD),
    "time_early": ("u1,p1,5,good,1924-03-01 10:00:00", _GOOD),
    "product_repeated": ("p1,Lipstick red (p1 stands above already)", "p7,Lipstick red"),
    "product_unknown": ("p9,water (p9 is not in data_product.csv)", "p1,water"),
}
HEADERS = {
    "header": PRODUCTS.columns[:2],
    "product_repeated": PRODUCTS.columns[:2],
    "product_unknown": ATTRIBUTES.columns[:2],
    "cut": ("user_id", "product_id", "rating", "timestamp", "comment"),
}

Reason = Annotated[str | None, typer.Option("--reason", help="only rows refused for this reason")]
File = Annotated[str | None, typer.Option("--file", help="only rows of this file")]


# ---- words for a terminal ----


def cut(text: str, width: int) -> str:
    """The text as it may stand on a terminal, in at most `width` columns (an ellipsis says that more follows)."""
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


def count_table(rows: pl.DataFrame) -> str:
    """Rows by file and reason, then what each reason asks for."""
    counts = rows.group_by("file", "reason").len().sort("file", "reason")
    lines = [("FILE", "REASON", "ROWS"), *((cut(file, 60), why, f"{n:4d}") for file, why, n in counts.iter_rows())]
    hints = [(why, HINTS.get(why, "")) for why in sorted(set(counts["reason"]))]
    return "\n".join([*aligned(lines), "", *aligned([("REASON", "HOW TO MEND IT"), *hints])])


def row_table(rows: pl.DataFrame, width: int) -> str:
    """The rows themselves, each in one line of at most `width` columns."""
    lines = [
        (cut(file, 40), str(line), column or "row", why)
        for file, line, column, why in rows.select("file", "line", "column", "reason").iter_rows()
    ]
    left = aligned([("FILE", "LINE", "COLUMN", "REASON"), *lines])
    room = max(map(len, left)) + 2
    texts = ["TEXT", *rows["raw"]]
    return "\n".join(f"{each:{room}}{cut(raw, max(width - room, 20))}" for each, raw in zip(left, texts, strict=True))


def as_json(rows: pl.DataFrame, whole: bool) -> str:
    """The same for programs: ASCII only, the rows themselves where they were asked for."""
    counts = rows.group_by("file", "reason", "hint").len("rows").sort("file", "reason")
    found = {"total": len(rows), "counts": counts.to_dicts()}
    return json.dumps(found | ({"rows": rows.to_dicts()} if whole else {}), indent=2)


def explanation(code: str) -> str:
    """What a reason means, and how to mend it. ConfigError names the known ones."""
    check_reason(code)
    lines = [f"{code}: {HINTS[code]}"]
    if code in EXAMPLES:
        bad, good = (
            each.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for each in EXAMPLES[code]
        )
        header = ",".join(HEADERS.get(code, STAGING.columns))
        lines += ["", *aligned([("header", header), ("refused", cut(bad, 100)), ("mended", good)])]
    return "\n".join(lines)


# ---- what is asked for ----


def check_reason(code: str | None) -> None:
    if code is not None and code not in HINTS:
        raise ConfigError(f"unknown reason {printable(code)!r}; known are {', '.join(HINTS)}")


def chosen(places: Places, reason: str | None, file: str | None) -> pl.DataFrame:
    """The rows in quarantine, of one reason or file if asked for. ConfigError names what there is."""
    check_reason(reason)
    rows = read_table(places.quarantine)
    if file is not None and file not in set(rows["file"]):
        files = ", ".join(sorted(set(rows["file"]))) or "none"
        raise ConfigError(f"no row of {printable(file)!r} is in quarantine; files with such rows: {printable(files)}")
    for column, value in (("reason", reason), ("file", file)):
        rows = rows if value is None else rows.filter(pl.col(column) == value)
    return rows


def set_aside(places: Places, name: str, now: datetime) -> str:
    """Move a sealed batch to data/batches/aside; says how to bring it back.

    ConfigError if there is none of this name; DataError if it was folded into an archive.
    """
    folder, aside = places.batches, places.batches / "aside"
    found = {batch.name: batch for batch in sealing.sealed(folder)}
    if name not in found:
        newest = ", ".join(list(found)[-5:]) or "none"
        raise ConfigError(f"no sealed batch is named {printable(name)!r}; the newest are: {newest}")
    if found[name].path.name != name:
        archive = found[name].path
        raise DataError(
            f"{name} lies in {archive}; unpack that first: `python -m zipfile -e {archive} {folder} && rm {archive}`"
        )
    back = f"bring it back with: mv {aside / name} {folder / name}"
    write_text(aside / f"{name}.txt", f"{now:%Y-%m-%d %H:%M} UTC: set aside, merge does not read it; {back}\n")
    (folder / name).rename(aside / name)
    fsync_folder(aside)
    fsync_folder(folder)
    return f"{name} is set aside: the next `python runner.py repro` leaves its rows out\n{back}"


# ---- the command line ----

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.command("list")
def list_rows(
    reason: Reason = None,
    file: File = None,
    as_text: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Count the refused rows by file and reason; show them if --reason or --file is given."""
    rows, whole = chosen(PLACES, reason, file), bool(reason or file)
    if as_text:
        print(as_json(rows, whole))
    elif rows.is_empty():
        print("no such row is in quarantine")
    else:
        width = shutil.get_terminal_size((PIPE_WIDTH, 24)).columns
        print(row_table(rows, width) if whole else count_table(rows))
        print("\n".join(("", *_next(rows, whole))))


def _next(rows: pl.DataFrame, whole: bool) -> Iterator[str]:
    done = replays.replayed(PLACES)
    waiting = sum(key in done for key in rows.select("sha256", "line").iter_rows())
    if waiting:
        yield f"rows of these that were replayed and wait for the next `python runner.py repro`: {waiting}"
    yield f"{len(rows)} rows; mend them: {RUN} export FILE.csv" + ("" if whole else f"; see them: {RUN} --reason CODE")


@app.command()
def explain(code: str) -> None:
    """Say what a reason means and how to mend it, with an example."""
    print(explanation(code))


@app.command()
def export(path: Path, reason: Reason = None, file: File = None) -> None:
    """Write the refused rows as a CSV that a spreadsheet opens."""
    rows = chosen(PLACES, reason, file)
    mendable = refusals.in_a_drop(rows)
    done = replays.replayed(PLACES)
    count = refusals.export((row for row in refusals.refused(mendable, PLACES) if row.key not in done), path)
    print(f"{count} rows in {path}; mend columns user_id to timestamp, save as CSV, then: {RUN} replay {path}")
    if count < len(mendable):
        print(f"{len(mendable) - count} rows were replayed and wait for the next `python runner.py repro`")
    if len(mendable) < len(rows):
        print(f"{len(rows) - len(mendable)} rows are of product files: mend those files themselves")


@app.command()
def replay(path: Path) -> None:
    """Feed mended rows back: the next repro merges them."""
    with no_repro(STATE):
        print(replays.replay(path, PLACES))


@app.command("set-aside")
def set_aside_batch(batch: str) -> None:
    """Take a sealed batch out of the merge, e.g. one with too many refused rows."""
    with no_repro(STATE), sealing.locked(PLACES.batches):
        print(set_aside(PLACES, batch, datetime.now(UTC)))


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter gets its escape
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    sys.exit(door(lambda: app(prog_name="runner.py quarantine")))
