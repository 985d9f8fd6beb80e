"""Fold the sealed batches into one file, so that years of drops do not become thousands of files.

reads   data/batches/*.csv, *.zip
writes  data/batches/FIRST-LAST-HASH.zip    the batches under their own names

The originals go when the zip has been read back and compared. What merge writes stays byte for byte
the same.
"""

import logging
from pathlib import Path

from ops.lock import no_repro
from recsys.intake.batches import sealed
from recsys.intake.compaction import compact
from recsys.program.command_line import enter

log = logging.getLogger("compact")


def main(batches: Path = Path("data/batches"), state: Path = Path("state")) -> None:
    """Fold the sealed batches into one file; what merge makes of them stays the same."""
    with no_repro(state):
        folded = compact(batches)
        count = len(sealed(batches))
    if folded is None:
        log.info("nothing to fold: %d batches in %s", count, batches)
    else:
        log.info(
            "folded: %d batches are in %s (%d bytes), read back and compared",
            count,
            folded,
            folded.stat().st_size,
        )


if __name__ == "__main__":
    enter(main, "runner.py compact")
