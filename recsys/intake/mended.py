"""mended.csv: which refused row is replaced by which drop."""

from collections.abc import Collection
from pathlib import Path

from recsys.program.errors import DataError
from recsys.shop_csv.accounts import Account


def read_mended(path: Path, batches: Collection[str]) -> set[tuple[str, int]]:
    """(hash of the file, line) of quarantined rows that a mended row of one of the `batches`
    (sha256) replaces.

    None if the file is not there. DataError if it is not what `python runner.py quarantine replay`
    writes.
    """
    if not path.exists():
        return set()
    try:
        cells = [line.split(",") for line in path.read_text(encoding="ascii").splitlines()]
        return {(sha256, int(line)) for sha256, line, batch in cells if batch in batches}
    except ValueError:
        raise DataError(f"{path}: not a list of mended rows; restore it from a copy") from None


def forget_mended(account: Account, mended: set[tuple[str, int]]) -> int:
    """Take rows out of the account that a mended row replaces (hash of the file, line); how many
    there were.
    """
    kept = [row for row in account.refused if (account.sha256, row.line) not in mended]
    count = len(account.refused) - len(kept)
    account.refused = kept
    account.read -= count
    return count


Key = tuple[str, int]  # sha256 of the source, line in it

MENDED_COLUMNS = ("sha256", "line", "batch_sha256")


def replacements(path: Path) -> dict[Key, str]:
    """What mended.csv says: the sha256 of the drop that replaces each refused row. DataError if it
    is not ours.
    """
    if not path.exists():
        return {}
    header, *rows = [
        line.split(",") for line in path.read_text(encoding="utf-8", errors="replace").split("\n")
    ]
    try:
        if tuple(header) != MENDED_COLUMNS or rows[-1:] != [[""]]:
            raise ValueError(f"not whole, with the header {','.join(MENDED_COLUMNS)}")
        return {(digest, int(line)): drop for digest, line, drop in rows[:-1]}
    except ValueError as error:
        raise DataError(f"{path}: {error}; restore the file from a copy") from None


def replacements_text(drops: dict[Key, str]) -> str:
    """The whole of mended.csv, sorted, so that the same replays give the same bytes."""
    lines = [
        ",".join(MENDED_COLUMNS),
        *(f"{digest},{line},{drop}" for (digest, line), drop in sorted(drops.items())),
    ]
    return "\n".join([*lines, ""])
