"""What operators do with refused rows: look, understand, mend in a spreadsheet, feed back, set a
batch aside.

reads   data/merged/quarantine.parquet      what merge refused
writes  what ops/quarantine/export.py, replay.py and set_aside.py say

`python runner.py quarantine` hands its arguments on to this program.
"""

import io
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
from ops.quarantine import export as exports
from ops.quarantine import listing
from ops.quarantine import replay as replays
from ops.quarantine.places import Places
from ops.quarantine.set_aside import let_missing_go, set_aside
from ops.terminal import printable
from recsys.intake.batches import locked
from recsys.program.command_line import (
    exit_code_of,
    plain_app,
    restore_docstrings,
    show_any_letter,
)
from recsys.program.errors import ConfigError

PLACES = Places(Path())
STATE = Path("state")
RUN = "python runner.py quarantine"
PIPE_SIZE = (160, 24)  # columns and lines where there is no terminal

app = plain_app()


def _from_folder(context: typer.Context, path: Path) -> Path:
    return (context.find_object(Path) or Path()) / path


Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="CODE", help="only rows refused for it"),
]
File = Annotated[
    str | None, typer.Option("--file", metavar="NAME", help="only rows of this file")
]
Json = Annotated[bool, typer.Option("--json", help="for programs")]
From = Annotated[
    Path,
    typer.Option("--from", metavar="FOLDER", help="the folder that FILE is named from"),
]
Spreadsheet = Annotated[Path, typer.Argument(metavar="FILE", callback=_from_folder)]
Code = Annotated[
    str | None,
    typer.Argument(metavar="CODE", help="e.g. rating_range; without one, all"),
]
BatchName = Annotated[str | None, typer.Argument(metavar="BATCH")]
Missing = Annotated[
    bool, typer.Option("--missing", help="all batches whose files are missing")
]


@app.callback(invoke_without_command=True)
def quarantine(
    context: typer.Context,
    reason: Reason = None,
    file: File = None,
    for_programs: Json = False,
    folder: From = Path(),
) -> None:
    """Show the refused rows; explain, export, mend and replay them; set a batch aside.

    Without a COMMAND it is `list`.
    """
    context.obj = folder
    options = {"reason": reason, "file": file, "for_programs": for_programs or None}
    given = {name: value for name, value in options.items() if value is not None}
    context.default_map = {"list": given, "export": given}
    if context.invoked_subcommand is None:
        list_rows(reason, file, for_programs)


@app.command("list")
def list_rows(
    reason: Reason = None, file: File = None, for_programs: Json = False
) -> None:
    """Count the refused rows by file and reason; show those of one reason or file."""
    rows = listing.read_quarantine(PLACES, reason, file)
    whole = bool(reason or file)
    if for_programs:
        print(listing.as_json(rows, listing.blocked(PLACES), whole=whole))
        return
    for name, fault in listing.blocked(PLACES).items():
        print(
            f"{printable(name)} is blocked, none of its rows is merged: {printable(fault)}\n"
        )
    if rows.is_empty():
        print("no such row is in quarantine")
    else:
        width = shutil.get_terminal_size(PIPE_SIZE).columns
        print(listing.row_table(rows, width) if whole else listing.count_table(rows))
        print("\n".join(("", *_next_steps(rows, whole=whole))))


def _next_steps(rows: pl.DataFrame, *, whole: bool) -> Iterator[str]:
    done = replays.replayed(PLACES)
    waiting = sum(key in done for key in rows.select("sha256", "line").iter_rows())
    if waiting:
        yield (
            "rows of these that were replayed and wait for the next `python runner.py repro`: "
            f"{waiting}"
        )
    see = "" if whole else f"; see them: {RUN} --reason CODE"
    yield f"{len(rows)} rows; mend them: {RUN} export FILE.csv{see}"


@app.command()
def explain(code: Code = None) -> None:
    """Say what a reason means and how to mend it, with an example; or list all of them."""
    print(listing.explanation(code) if code else listing.all_codes())


@app.command()
def export(path: Spreadsheet, reason: Reason = None, file: File = None) -> None:
    """Write the refused rows as a CSV that a spreadsheet opens."""
    rows = listing.read_quarantine(PLACES, reason, file)
    mendable = exports.in_a_drop(rows, PLACES)
    done = replays.replayed(PLACES)
    waiting = (row for row in exports.refused(mendable, PLACES) if row.key not in done)
    count = exports.export(waiting, path)
    print(
        f"{count} rows in {path}; mend columns user_id to timestamp, save as CSV, "
        f"then: {RUN} replay {path}"
    )
    if replayed := len(mendable) - count:
        print(
            f"{replayed} rows were replayed and wait for the next `python runner.py repro`"
        )
    if of_products := len(rows) - len(mendable):
        print(f"{of_products} rows are of product files: mend those files themselves")


@app.command()
def replay(path: Spreadsheet) -> None:
    """Feed the mended rows of such a CSV back: the next repro merges them."""
    with no_repro(STATE):
        print(replays.replay(path, PLACES, datetime.now(UTC)))


@app.command("set-aside")
def set_batch_aside(batch: BatchName = None, missing: Missing = False) -> None:
    """Take a sealed batch out of the merge: one with too many refused rows, or a missing one."""
    if missing == (batch is not None):
        raise ConfigError(f"name a BATCH, or --missing alone: {RUN} set-aside BATCH")
    now = datetime.now(UTC)
    with no_repro(STATE), locked(PLACES.batches):
        if batch is None:
            print(let_missing_go(PLACES, now))
        else:
            print(set_aside(PLACES, batch, now))


def main() -> int:
    """Exit code of the command line."""
    if isinstance(
        sys.stdout, io.TextIOWrapper
    ):  # a letter that cannot be shown gets its escape
        sys.stdout.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    show_any_letter()
    restore_docstrings(__name__)
    return exit_code_of(lambda: app(prog_name="runner.py quarantine"))


if __name__ == "__main__":
    sys.exit(main())
