"""data/batches/mended.csv: which refused row is replaced by which drop.

    sha256,line,batch_sha256
    <of the row's file>,<in that file>,<of the drop with the mended row>

`python runner.py quarantine replay` writes it. A line counts only where its drop is among the
batches that are merged.
"""

from pathlib import Path

from recsys.files.atomic import write_text
from recsys.intake.batches import MENDED
from recsys.program.errors import DataError
from recsys.shop_csv.accounts import RowKey

COLUMNS = ("sha256", "line", "batch_sha256")


def read_mended(batches: Path) -> dict[RowKey, str]:
    """The sha256 of the drop that replaces each refused row; empty if nothing was ever mended.

    DataError if the file is not whole, or not what `write_mended` writes.
    """
    path = batches / MENDED
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    header, *rows = [line.split(",") for line in text.split("\n")]
    try:
        if tuple(header) != COLUMNS or rows[-1:] != [[""]]:
            raise ValueError(f"not whole, with the header {','.join(COLUMNS)}")
        return {(digest, int(line)): drop for digest, line, drop in rows[:-1]}
    except ValueError as error:
        raise DataError(f"{path}: {error}; restore the file from a copy") from None


def write_mended(batches: Path, drops: dict[RowKey, str]) -> None:
    """Write the whole list, sorted, so that the same replays give the same bytes."""
    lines = [
        f"{digest},{line},{drop}" for (digest, line), drop in sorted(drops.items())
    ]
    write_text(batches / MENDED, "\n".join([",".join(COLUMNS), *lines, ""]))


def replaced_by(batches: Path) -> dict[str, set[RowKey]]:
    """The refused rows that each drop (sha256) replaces. DataError: see read_mended."""
    found: dict[str, set[RowKey]] = {}
    for key, drop in read_mended(batches).items():
        found.setdefault(drop, set()).add(key)
    return found
