"""What operators do with refused rows: look, understand, mend in a spreadsheet, feed back, set a
batch aside.

reads   data/merged/quarantine.parquet      what merge refused
writes  data/batches/aside/, and what ops/quarantine/export.py and ops/quarantine/replay.py say
"""

import io
import json
import logging
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from ops.lock import no_repro
from ops.quarantine import export as refusals
from ops.quarantine import replay as replays
from ops.quarantine.places import Places
from ops.terminal import aligned, cut, printable
from recsys.files.atomic import fsync_folder, write_text
from recsys.files.tables import read_table
from recsys.intake import batches as sealing
from recsys.program.command_line import door
from recsys.program.errors import ConfigError, DataError
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.reasons import EXAMPLES, HEADERS, HINTS

PLACES = Places(Path())
STATE = Path("state")
RUN = "python runner.py quarantine"
PIPE_WIDTH = 160  # columns where there is no terminal

Reason = Annotated[str | None, typer.Option("--reason", help="only rows refused for this reason")]
File = Annotated[str | None, typer.Option("--file", help="only rows of this file")]


def count_table(rows: pl.DataFrame) -> str:
    """Rows by file and reason, then what each reason asks for."""
    counts = rows.group_by("file", "reason").len().sort("file", "reason")
    lines = [
        ("FILE", "REASON", "ROWS"),
        *((cut(file, 60), why, f"{n:4d}") for file, why, n in counts.iter_rows()),
    ]
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
    return "\n".join(
        f"{each:{room}}{cut(raw, max(width - room, 20))}"
        for each, raw in zip(left, texts, strict=True)
    )


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
            each.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            for each in EXAMPLES[code]
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
        raise ConfigError(
            f"no row of {printable(file)!r} is in quarantine; files with such rows: {printable(files)}"
        )
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
    write_text(
        aside / f"{name}.txt",
        f"{now:%Y-%m-%d %H:%M} UTC: set aside, merge does not read it; {back}\n",
    )
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
    yield f"{len(rows)} rows; mend them: {RUN} export FILE.csv" + (
        "" if whole else f"; see them: {RUN} --reason CODE"
    )


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
    count = refusals.export(
        (row for row in refusals.refused(mendable, PLACES) if row.key not in done), path
    )
    print(
        f"{count} rows in {path}; mend columns user_id to timestamp, save as CSV, then: {RUN} replay {path}"
    )
    if count < len(mendable):
        print(
            f"{len(mendable) - count} rows were replayed and wait for the next `python runner.py repro`"
        )
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
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a terminal that cannot show a letter gets its escape
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    sys.exit(door(lambda: app(prog_name="runner.py quarantine")))
