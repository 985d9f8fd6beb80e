"""Speed and memory of the data floor, merge and process, beside a plain pandas script that does it.

usage   python -m bench.speed.floor [--large | --intake] [--out FILE]
            369,000 reviews: from nothing, all known, and 100 new rows on top
            --large     20 million rows without comments, and a tenth of them for the growth
            --intake    a drop of 512 MB
writes  FILE            the table as Markdown; without one, to the terminal, line by line

Every program runs in a process of its own; the table shows wall seconds, CPU seconds and peak
resident memory.
"""

import csv
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import command_line
from bench.house.imports import ROOT
from bench.speed.cost import HEAD, Cost, cost_of

REVIEWS = ("--reviews", "369000", "--users", "300000", "--products", "2244")
LARGE = (1_650_000, 16_500_000)
DROP_BYTES = 512 << 20
BLOCK = 1 << 24
TAKE = """\
import sys
from datetime import UTC, datetime
from pathlib import Path
from recsys.intake import drops
staging, batches = map(Path, sys.argv[1:])
print(drops.take(staging, batches, datetime.now(UTC), 0.0))
"""


def merge(shop: Path) -> Cost:
    """The stage merge on the shop's folder."""
    paths = [
        str(shop / name)
        for name in ("raw", "staging", "batches", "merged", "merge.json")
    ]
    return cost_of("-m", "stages.merge", *paths)


def process(shop: Path) -> Cost:
    """The stage process on what merge wrote."""
    paths = [str(shop / name) for name in ("merged", "cache/quality.bin", "processed")]
    return cost_of("-m", "stages.process", *paths)


def plain_pandas(shop: Path) -> Cost:
    """The peer, bench/speed/plain_pandas.py, on the same reviews."""
    paths = (shop / "raw" / "data_reviews_purchase.csv", shop / "pandas")
    return cost_of("-m", "bench.speed.plain_pandas", *map(str, paths))


def intake(shop: Path) -> Cost:
    """The intake of what lies in staging."""
    return cost_of("-c", TAKE, str(shop / "staging"), str(shop / "batches"))


def make_shop(folder: Path, *options: str) -> int:
    """A generated shop; the number of lines of its reviews."""
    command = [
        sys.executable,
        "-m",
        "bench.shop.generate",
        str(folder / "raw"),
        *options,
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (folder / "staging").mkdir()
    with (folder / "raw" / "data_reviews_purchase.csv").open("rb") as handle:
        return sum(
            block.count(b"\n") for block in iter(lambda: handle.read(BLOCK), b"")
        )


def drop(shop: Path, rows: int) -> None:
    """A finished drop of new users with new texts."""
    with (shop / "raw" / "data_product.csv").open(
        encoding="utf-8", newline=""
    ) as handle:
        product = next(csv.DictReader(handle))["product_id"]
    unfinished = shop / "staging" / ".new"
    with unfinished.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["user_id", "product_id", "rating", "comment", "timestamp"])
        for number in range(rows):
            day = f"2026-10-{number % 28 + 1:02}T10:00:00+07:00"
            writer.writerow(
                [f"new {number}", product, 5, f"rất tốt, lần {number}", day]
            )
    unfinished.rename(shop / "staging" / "drop.csv")


def large_drop(shop: Path, size: int) -> None:
    """A finished drop of so many bytes or a little more."""
    line = "user {},p{},5,rất tốt và thơm,2026-10-01T10:00:00+07:00\n"
    with (shop / "staging" / "drop.csv").open("w", encoding="utf-8") as handle:
        handle.write("user_id,product_id,rating,comment,timestamp\n")
        while handle.tell() < size:
            handle.write("".join(line.format(n, n % 20) for n in range(10_000)))


def reviews(scratch: Path, *options: str) -> Iterator[str]:
    """Markdown lines of a shop with comments."""
    shop = scratch / "shop"
    rows = make_shop(shop, *(options or REVIEWS))
    yield f"{rows:,} lines of CSV: cross-listed copies and texts of several lines\n"
    yield HEAD
    yield (merge(shop) + process(shop)).row("merge + process, from nothing")
    yield (merge(shop) + process(shop)).row("merge + process, texts scored already")
    drop(shop, 100)
    yield (merge(shop) + process(shop)).row("the same after a drop of 100 new rows")
    yield plain_pandas(shop).row("plain pandas, without scores, checks or accounts")


def large(scratch: Path, sizes: Sequence[int] = LARGE) -> Iterator[str]:
    """Markdown lines of shops with so many reviews, without comments."""
    yield "Rows without comments, from nothing\n"
    yield HEAD
    for wanted in sizes:
        shop = scratch / str(wanted)
        rows = make_shop(
            shop, "--reviews", str(wanted), "--products", "5000", "--no-comments"
        )
        first, second = merge(shop), process(shop)
        yield first.row(f"{rows:,} rows: merge")
        yield second.row(f"{rows:,} rows: process")
        yield (first + second).row(f"{rows:,} rows: both")
        yield plain_pandas(shop).row(f"{rows:,} rows: plain pandas")


def drop_lines(scratch: Path, size: int = DROP_BYTES) -> Iterator[str]:
    """Markdown lines of the intake of a drop of so many bytes."""
    shop = scratch / "shop"
    make_shop(shop, "--users", "100", "--products", "20")
    large_drop(shop, size)
    yield HEAD
    yield intake(shop).row(f"intake of a drop of {size >> 20} MB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--large", dest="lines", action="store_const", const=large, default=reviews
    )
    which.add_argument("--intake", dest="lines", action="store_const", const=drop_lines)
    given = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        command_line.write_lines(given.lines(Path(scratch)), given.out)


if __name__ == "__main__":
    main()
