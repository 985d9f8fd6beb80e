"""The refused rows of the file that stopped the last merge (blocked.py says where they stand)."""

from pathlib import Path

import polars as pl

from recsys.files.atomic import write_json
from recsys.files.tables import read_table, write_table
from recsys.intake.blocked import FAULT, FOLDER, ROWS, faults
from recsys.program.errors import DataError
from recsys.shop_csv.accounts import BlockedError, quarantine_table


def keep(merged: Path, error: BlockedError) -> None:
    """Write down what stopped a merge into `merged`: the rows first, then why."""
    folder = merged / FOLDER
    write_table(quarantine_table([error.account]), folder / ROWS)
    write_json(folder / FAULT, {error.account.source.name: error.fault})


def rows(merged: Path) -> pl.DataFrame | None:
    """The refused rows as in quarantine.parquet; None if the last merge did not stop."""
    if not faults(merged):
        return None
    try:
        return read_table(merged / FOLDER / ROWS)
    except DataError:
        return None
