"""Fold the sealed batches into one file, so that years of drops do not become thousands of files.

reads   data/batches/*.csv, *.zip
writes  data/batches/FIRST-LAST-HASH.zip    the batches under their own names

The originals go when the zip has been read back and compared. What merge writes stays byte for byte
the same.
"""

from pathlib import Path

from ops.lock import no_repro
from recsys.intake.batches import sealed
from recsys.intake.compaction import compact
from recsys.program.command_line import enter


def main(batches: Path = Path("data/batches"), state: Path = Path("state")) -> None:
    """Fold the sealed batches into one file; what merge makes of them stays the same."""
    with no_repro(state):
        folded = compact(batches)
        count = len(sealed(batches))
    if folded is None:
        print(f"nothing to fold: {count} batches in {batches}")
    else:
        size = f"{folded.stat().st_size} bytes"
        print(
            f"folded: {count} batches are in {folded} ({size}), read back and compared"
        )


if __name__ == "__main__":
    enter(main, "runner.py compact")
