"""A part of a drop ends with a record, and is read in pieces."""

import hashlib
import io
import subprocess
import sys

import pytest

from bench.house.imports import ROOT
from recsys.intake.parts import Part, measure_part, read_part, records_end
from recsys.shop_csv.records import MAX_RECORD_BYTES
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


@pytest.mark.parametrize(
    ("rows", "complete"),
    [
        (b"", b""),
        (b"a,b", b""),
        (b"a,b\n", b"a,b\n"),
        (b"a,b\nc", b"a,b\n"),
        (b'a,"b\n', b""),  # a quoted text goes on
        (b'a,"b\nc"\n', b'a,"b\nc"\n'),
        (b'a,"b\nc"\nd,"e\n', b'a,"b\nc"\n'),
        (b'a,5" b\nc\n', b'a,5" b\nc\n'),  # a stray quote opens none
        (b'a,"b""\n', b""),
        (b'a,"b"\n', b'a,"b"\n'),
    ],
)
def test_the_last_complete_record_ends_where_no_quoted_text_goes_on(
    rows: bytes, complete: bytes
) -> None:
    content = b"head\n" + rows
    assert records_end(io.BytesIO(content), 5, len(content)) == 5 + len(complete)


def test_a_quote_that_is_open_for_longer_than_a_record_may_be_is_a_lost_one() -> None:
    content = b'a,"b\n' + b"x,y\n" * (MAX_RECORD_BYTES // 4)
    assert records_end(io.BytesIO(content), 0, len(content)) > MAX_RECORD_BYTES


@pytest.mark.parametrize(("end", "rows"), [(9, 1), (8, 1), (13, 2), (12, 2)])
def test_a_part_is_its_header_and_the_bytes_between_two_places(
    end: int, rows: int
) -> None:
    handle = io.BytesIO(b"head\na,b\nc,d\n")
    wanted = b"head\n" + handle.getvalue()[5:end]
    assert b"".join(read_part(handle, b"head\n", 5, end)) == wanted
    part = measure_part(handle, b"head\n", 5, end)
    assert part == Part(b"head\n", 5, end, rows, hashlib.sha256(wanted).hexdigest())
    assert part.bytes == len(wanted)
