"""`python runner.py sql`: take the new rows of the database in, as drops.

reads   params.yaml (section source), a database
writes  data/staging/sql-*.csv, state/sql/ (ops/sql/pull.py); nothing with --dry-run
"""

from pathlib import Path
from typing import Annotated

import typer

from ops.sql import pull
from ops.sql.pull import Places, Pulled, Seen
from ops.sql.statements import label_of
from ops.sql.taken import FOLDER
from ops.terminal import counted
from recsys.files import lock
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.source.params import Params, SqlRows

NO_TABLE = "source.sql of params.yaml names no table; `python runner.py init --sql URL QUERY` does"
Again = Annotated[
    bool, typer.Option("--again", help="All rows; those that are known count once.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say how many wait; take none.")
]


def main(
    dry_run: DryRun = False,
    again: Again = False,
    params: Path = Path(PARAMS_FILE),
    data: Path = Path("data"),
    state: Path = Path("state"),
) -> None:
    """Take the new rows of the tables of section source.sql in, as drops; the next merge seals
    them. A refresh begins with it.
    """
    entries = load(Params, "source", params).sql
    places = Places(data / "staging", data / "batches", state)
    if not entries:
        print(NO_TABLE)
    if dry_run:
        for entry in entries:
            print(of_look(entry, pull.look(entry, places)))
        return
    (state / FOLDER).mkdir(parents=True, exist_ok=True)
    with lock.held(state / FOLDER):
        for entry in entries:
            print(of_pull(entry, pull.pull(entry, places, again=again)), flush=True)


def of_look(entry: SqlRows, seen: Seen) -> str:
    """What waits, for people."""
    waits = "waits" if seen.waiting == 1 else "wait"
    said = f"{label_of(entry.query)}: {counted(seen.waiting, 'row')} {waits}"
    return "; ".join([said, *_odd(entry, seen)])


def of_pull(entry: SqlRows, found: Pulled) -> str:
    """What was taken, for people."""
    label = label_of(entry.query)
    if not found.drop:
        said = f"{label}: nothing new ({counted(found.read, 'row')} read)"
        return "; ".join([said, *_odd(entry, found.seen)])
    parts = [f"{label}: {counted(found.rows, 'new row')} of {found.read:,} read"]
    if found.late and not found.seen.too_late:
        parts.append(f"{counted(found.late, 'row')} of them came late")
    counts = found.counts
    parts += [f"{what}: {many}" for what, many in sorted(counts.converted.items())]
    parts += [f"left out {what}: {many}" for what, many in counts.left_out.items()]
    return "; ".join([*parts, *_odd(entry, found.seen), f"now {found.drop}"])


def _odd(entry: SqlRows, seen: Seen) -> list[str]:
    said = []
    if seen.too_late:
        said.append(
            f"{counted(seen.too_late, 'row')} came later than source.sql overlap: "
            f"{entry.overlap} bears, so all rows are taken again (known ones count once); "
            f"if this is no exception, raise it, or take the time of the last change as cursor"
        )
    if seen.nameless:
        said.append(
            f"{counted(seen.nameless, 'row')} without {entry.cursor!r}: never taken; give the "
            f"cursor a value there, or take another one"
        )
    return said


if __name__ == "__main__":
    enter(main, "runner.py sql")
