"""The contract's three files in their folder: which are missing, and what lies beside them.

reads   data/raw, or data/sample in its place (recsys/shop_csv/sample_shop.py)
"""

import logging
import shlex
from collections.abc import Sequence
from pathlib import Path

from recsys.files.atomic import sha256_of
from recsys.intake.drop_log import own_files
from recsys.program.errors import DataError
from recsys.shop_csv import contract, sample_shop
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.reviews import open_account

log = logging.getLogger("merge")


def open_raw(folder: Path, table: contract.Table) -> Account:
    """An account of a raw file. DataError if one of the contract's files is not there."""
    check_files(folder)
    path = folder / table.file
    return open_account(Source.of(path), table, sha256_of(path))


def check_files(folder: Path) -> None:
    """DataError with all files of the contract that are not in the folder, and what to do."""
    missing = [one for one in contract.RAW if not (folder / one.file).is_file()]
    if not missing:
        return
    told = " and ".join(
        f"{folder / one.file} ({', '.join(one.columns)})" for one in missing
    )
    there = sample_shop.csv_files(folder)
    files = " ".join(str(path) for path in there) or "FILE ..."
    raise DataError(
        f"{told}: no such file; put the shop's own there, or let `python runner.py init {files}` "
        f"take your files as they are"
    )


def unknown_files(raw: Path, own: Sequence[str] | None = None) -> list[str]:
    """Files that nobody reads, with what to do. Read are those of the contract, or in their place
    the shop's `own`, which the section `source` names.
    """
    read = [table.file for table in contract.RAW] if own is None else own
    words = []
    for path in sorted(raw.iterdir()) if raw.is_dir() else []:
        if path.name in read or path.name.startswith("."):
            continue
        like = [name for name in read if name.lower() == path.name.lower()]
        todo = _how_to_read(path, raw, own)
        todo = f"rename it to {like[0]}, or else {todo}" if like else todo
        words.append(f"{path}: not read; {todo}")
    return words


def _how_to_read(path: Path, raw: Path, own: Sequence[str] | None) -> str:
    """What to do with a file that is not read."""
    if own is None:
        ours = ", ".join(table.file for table in contract.RAW)
        return f"only {ours} are; for any other file: python runner.py init {path}"
    told = f"source of params.yaml names {', '.join(own) or 'tables only'}"
    files = " ".join(
        shlex.quote(str(one)) for one in (*(raw / name for name in own), path)
    )
    return (
        f"{told}; to read it, too: python runner.py init {files}, or if it has new rows of "
        f"the same form: mv {shlex.quote(str(path))} data/staging/"
    )


def folder_of(raw: Path, sample: Path | None, batches: Path) -> Path:
    """The folder of the three files that run, `raw` or `sample`; the log says if it is the sample.

    DataError if the sample shop would run in the place of one whose files are gone.
    """
    folder = sample_shop.folder_of(raw, sample)
    if folder == raw:
        return raw
    if own := own_files(batches):
        raise DataError(
            f"{raw}: no CSV file in it, but {own[-1]!a} of this shop was read from there "
            f"before; put the files back, or if you want the sample shop: cp {folder}/*.csv {raw}/"
        )
    log.warning(
        "the sample shop in %s runs, as no CSV file is in %s; put your three files there, or run "
        "`python runner.py init FILE ...` with any files (docs/your-data.md)",
        *(folder, raw),
    )
    return folder
