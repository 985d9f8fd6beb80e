"""A part of a drop ends with a record, and is read in pieces."""

import subprocess
import sys

from bench.house.imports import ROOT
from tests.recsys.intake.worlds import HEADER, LONG, ROW, app, log_lines, take, text
from tests.worlds import Shop


def test_a_quoted_newline_does_not_end_a_row(shop: Shop) -> None:
    with app(shop) as handle:
        handle.write(f"{HEADER}{ROW}\n" + LONG.split("\n")[0] + "\n")
        take(shop)
        assert text(shop) == f"{ROW}\n"
        handle.write(LONG.split("\n")[1] + "\n")
        take(shop)
        assert text(shop) == f"{ROW}\n{LONG}\n"


def test_a_stray_quote_holds_up_no_other_row(shop: Shop) -> None:
    stray = 's,p1,5,5" screen,2024-01-01'
    with app(shop) as handle:
        handle.write(f"{HEADER}{stray}\n{ROW}\n")
        take(shop)
        assert text(shop) == f"{stray}\n{ROW}\n"


def test_a_large_file_passes_through_in_pieces(shop: Shop) -> None:
    """512 MB need at most 300 MB; here 128 MB in a process that may have 100 MB more than it begins
    with.
    """
    row = f"{ROW}{'x' * 1000}\n".encode()
    with (shop.staging / "a.csv").open("wb") as handle:
        handle.write(HEADER.encode())
        for _ in range(128):
            handle.write(row * 1000)
    script = (
        "import resource, sys; from pathlib import Path; from datetime import *\n"
        "from recsys.intake import drops\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "drops.take(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, shop.staging, shop.batches],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert int(done.stdout) < 30_000
    assert log_lines(shop, "rows") == [(128_000,)]
