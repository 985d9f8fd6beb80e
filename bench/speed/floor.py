"""Speed and memory of the data floor: merge + process beside a plain pandas script that does the
same, in one run.

    python -m bench.speed.floor                   369,000 reviews: from nothing, all known, and 100 new rows on top
    python -m bench.speed.floor --large           20 million rows without comments, and a tenth of them for the growth
    python -m bench.speed.floor --intake          a drop of 512 MB

Every program runs in a process of its own; the table shows wall seconds, CPU seconds and peak
resident memory.
"""

import csv
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parents[2]
MB = 1024


@dataclass(frozen=True)
class Cost:
    """What a program took: wall and CPU seconds, peak resident MB."""

    wall: float
    cpu: float
    peak: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))

    def row(self, what: str) -> str:
        return f"| {what} | {self.wall:.1f} | {self.cpu:.1f} | {self.peak:,} |"


def cost_of(*command: str) -> Cost:
    """Run a program to its end. RuntimeError with what it said if it fails."""
    watched = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "use = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(use.ru_utime + use.ru_stime, use.ru_maxrss); sys.exit(done.returncode)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", watched, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    cpu, peak = done.stdout.split()
    return Cost(time.perf_counter() - start, float(cpu), int(peak) // MB)


def merge(shop: Path) -> Cost:
    paths = [str(shop / name) for name in ("raw", "staging", "batches", "merged", "merge.json")]
    return cost_of(sys.executable, "-m", "stages.merge", *paths)


def process(shop: Path) -> Cost:
    paths = [str(shop / name) for name in ("merged", "cache/quality.bin", "processed")]
    return cost_of(sys.executable, "-m", "stages.process", *paths)


def make_shop(folder: Path, *arguments: str) -> int:
    """A generated shop; the number of its review rows."""
    subprocess.run(
        [sys.executable, "-m", "bench.shop.generate", str(folder / "raw"), *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (folder / "staging").mkdir()
    with (folder / "raw" / "data_reviews_purchase.csv").open("rb") as handle:
        return sum(block.count(b"\n") for block in iter(lambda: handle.read(1 << 24), b""))


def drop(shop: Path, rows: int) -> None:
    """A finished drop of new users with new texts."""
    with (shop / "raw" / "data_product.csv").open(encoding="utf-8", newline="") as handle:
        product = next(csv.DictReader(handle))["product_id"]
    with (shop / "staging" / ".new").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["user_id", "product_id", "rating", "comment", "timestamp"])
        writer.writerows(
            [f"new {n}", product, 5, f"rất tốt, lần {n}", f"2026-10-{n % 28 + 1:02}T10:00:00+07:00"]
            for n in range(rows)
        )
    (shop / "staging" / ".new").rename(shop / "staging" / "drop.csv")


def pandas_way(shop: Path) -> Cost:
    """The peer: bench/speed/plain_pandas.py on the same reviews."""
    return cost_of(
        sys.executable,
        "-m",
        "bench.speed.plain_pandas",
        str(shop / "raw" / "data_reviews_purchase.csv"),
        str(shop / "pandas"),
    )


def reviews(scratch: Path) -> None:
    shop = scratch / "shop"
    rows = make_shop(shop, "--reviews", "369000", "--users", "300000", "--products", "2244")
    print(
        f"369,000 reviews of 300,000 users ({rows:,} lines of CSV: cross-listed copies and texts of several lines)\n"
    )
    print("| what | wall s | CPU s | peak MB |\n|---|---|---|---|")
    print((merge(shop) + process(shop)).row("merge + process, from nothing"), flush=True)
    print((merge(shop) + process(shop)).row("merge + process, texts scored already"), flush=True)
    drop(shop, 100)
    print((merge(shop) + process(shop)).row("the same after a drop of 100 new rows"), flush=True)
    print(pandas_way(shop).row("plain pandas, without scores, checks or accounts"), flush=True)


def large(scratch: Path) -> None:
    print(
        "rows without comments, from nothing\n\n| what | wall s | CPU s | peak MB |\n|---|---|---|---|"
    )
    for wanted in (1_650_000, 16_500_000):
        shop = scratch / str(wanted)
        rows = make_shop(shop, "--reviews", str(wanted), "--products", "5000", "--no-comments")
        print((first := merge(shop)).row(f"{rows:,} rows: merge"), flush=True)
        print((second := process(shop)).row(f"{rows:,} rows: process"), flush=True)
        print((first + second).row(f"{rows:,} rows: both"), flush=True)
        print(pandas_way(shop).row(f"{rows:,} rows: plain pandas"), flush=True)


def intake(scratch: Path) -> None:
    shop = scratch / "shop"
    make_shop(shop, "--users", "100", "--products", "20")
    line = "user {},p{},5,rất tốt và thơm,2026-10-01T10:00:00+07:00\n"
    with (shop / "staging" / "drop.csv").open("w", encoding="utf-8") as handle:
        handle.write("user_id,product_id,rating,comment,timestamp\n")
        while handle.tell() < 512 << 20:
            handle.write("".join(line.format(n, n % 20) for n in range(10_000)))
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path; from recsys import intake;"
        "print(intake.take(Path(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC), 0.0))"
    )
    print("| what | wall s | CPU s | peak MB |\n|---|---|---|---|")
    print(
        cost_of(sys.executable, "-c", code, str(shop / "staging"), str(shop / "batches")).row(
            "intake of a drop of 512 MB"
        )
    )


def main(
    large_shop: bool = typer.Option(False, "--large"),
    big_drop: bool = typer.Option(False, "--intake"),
) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        (large if large_shop else intake if big_drop else reviews)(Path(scratch))


if __name__ == "__main__":
    typer.run(main)
