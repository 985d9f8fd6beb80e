"""Write what was found: the section `source` and some keys of `merge` into params.yaml, and the
files into data/raw.
"""

import filecmp
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from ops.init.params_text import entry_lines, flow, with_section, with_values
from ops.terminal import counted
from recsys.files.atomic import atomic, write_text
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError
from recsys.program.params import checked, read
from recsys.source.params import Params

INTERACTION_NOTES = {
    "files": "in data/raw",
    "format": "csv | jsonl | parquet; each also packed as .gz",
    "encoding": "a codec of Python",
    "separator": "csv: one character or several",
    "header": "csv: the columns of a file without a header line",
    "user": "a column",
    "product": "a column",
    "time": "a column; merge.date_formats and merge.zone say how it is read",
    "rating": 'a column; merge.rating_scale says what it means; "": purchases or events',
    "scale": "the worst and the best rating here, which become 1 and 5",
    "decimal_comma": "of the ratings",
    "event": 'the column with the kind of event; ""',
    "weights": "by kind, -1 to 1: rating 4 + weight, or 3 + 2 weight below 0; 0: left out",
    "text": "columns that are the comment together",
    "product_name": "a column, for a shop without a file of products",
    "ignored": "of purchases: columns that say nothing of a row, as init was told",
}
TABLE_NOTES = {
    "url": "no password: state/sql.password (mode 600), or SHOP_SQL_PASSWORD",
    "query": "the name of a table, or SELECT ...",
    "cursor": "a column that grows: how new rows are known",
    "overlap": "so far below the highest is looked at again: numbers, or seconds",
}
PRODUCT_NOTES = {
    "product": "a column",
    "texts": "all that says what the product is",
}
NOTES = {
    "interactions": INTERACTION_NOTES,
    "products": PRODUCT_NOTES,
    "sql": TABLE_NOTES | INTERACTION_NOTES,
}


def params_text(
    text: str,
    source: Mapping[str, Sequence[dict[str, Any]]],
    merge: dict[str, Any],
) -> str:
    """The text of params.yaml with this mapping."""
    lines = []
    for key, notes in NOTES.items():
        lines.append(f"  {key}:" if source[key] else f"  {key}: []")
        for entry in source[key]:
            lines += entry_lines(entry, notes)
    text = with_section(text, "source", lines)
    return with_values(text, {f"merge.{key}": value for key, value in merge.items()})


def write_params(path: Path, text: str) -> None:
    """Replace params.yaml, if what it says then is right. ConfigError if it is not."""
    with TemporaryDirectory(prefix="init-") as folder:
        new = Path(folder) / path.name
        new.write_text(text, encoding="utf-8")
        checked(Params, "source", read(new), path)
    write_text(path, text)


def no_longer_read(
    former: Any, source: Mapping[str, Sequence[dict[str, Any]]]
) -> list[str]:
    """The files and tables of the `former` section that are not in the new one: no run would have
    their rows any more. A section that is wrong has none.
    """
    try:
        before = Params.model_validate(former)
    except ValidationError:
        return []
    after = Params.model_validate(source)
    files = {name for one in after.all_files for name in one.files}
    tables = {(one.url, one.query) for one in after.sql}
    gone = [name for one in before.all_files for name in one.files if name not in files]
    return gone + [
        f"--sql {shlex.quote(one.url)} {shlex.quote(one.query)}"
        for one in before.sql
        if (one.url, one.query) not in tables
    ]


def read_otherwise(
    former: Mapping[str, Any], merge: Mapping[str, Any], batches: Path
) -> str:
    """That batches which are there would be read in another way than up to now: `former` and
    `merge` are sections merge of params.yaml; "" if they would not. DataError if a zip of batches
    cannot be read.
    """
    kept = {"date_formats": set(former["date_formats"]) <= set(merge["date_formats"])}
    others = [
        f"merge.{key} {flow(former[key])} -> {flow(value)}"
        for key, value in merge.items()
        if not kept.get(key, former[key] == value)
    ]
    count = len(sealed(batches)) if others else 0
    if not count:
        return ""
    return (
        f"{batches} holds {counted(count, 'file')} of rows that were taken in before; they too are "
        f"read with these settings now: {'; '.join(others)}. If that is wrong for them, give the "
        f"former values (init --help), or take a file out: python runner.py quarantine set-aside "
        f"BATCH"
    )


def how_to_keep(
    gone: Sequence[str], files: Sequence[Path], raw: Path, folder: Path
) -> str:
    """What goes by new `files`, and the ways to keep it, as they are typed in the `folder`."""
    new = [shlex.quote(os.path.relpath(path, folder)) for path in files]
    old = [
        name
        if name.startswith("--sql ")
        else shlex.quote(os.path.relpath(raw / name, folder))
        for name in gone
    ]
    is_or_are = "is" if len(gone) == 1 else "are"
    told = f"{', '.join(gone)} {is_or_are} in source of params.yaml and would be read no more"
    staging = os.path.relpath(raw.parent / "staging", folder)
    dropped = f"; to add new rows only: cp {' '.join(new)} {staging}/" if new else ""
    return (
        f"{told}; to read all: python runner.py init {' '.join([*old, *new])}{dropped}; to read "
        f"the new ones alone: --replace"
    )


def check_copies(files: Sequence[Path], raw: Path, *, replaces: bool) -> None:
    """ConfigError if two files have one name, or another one stands in data/raw."""
    names = [path.name for path in files]
    for path in files:
        target = raw / path.name
        if names.count(path.name) > 1:
            raise ConfigError(f"{path}: two files have this name; rename one of them")
        is_other = target.exists() and not target.samefile(path)
        if is_other and not replaces and not filecmp.cmp(target, path, shallow=False):
            raise ConfigError(
                f"{target}: another file of this name is there; rename yours, or let it be "
                f"replaced with --replace"
            )


def copy_files(files: Sequence[Path], raw: Path) -> None:
    """Put the files into data/raw, each whole or not at all."""
    for path in files:
        target = raw / path.name
        if target.exists() and target.samefile(path):
            continue
        with atomic(target) as temp:
            shutil.copyfile(path, temp)
