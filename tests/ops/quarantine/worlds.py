"""A merged shop with refused rows, and what an operator does with them."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from bench.house.imports import ROOT
from ops.quarantine import export
from ops.quarantine.places import Places
from stages import merge
from tests.worlds import Shop

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
BAD = "x,007,9,=tốt,,2024-01-01 10:00:00"
BROKEN = 'y,p1,5,"tốt" thật,,2024-01-01 10:00:00'
WRONG_IDS = ",p2,4,,,2024-01-01 10:00:00"


def merged(shop: Shop) -> tuple[int, int, int, int]:
    """Merge; what it counts as read, accepted, quarantined and mended."""
    merge.main(
        shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics, shop.params
    )
    found = json.loads(shop.metrics.read_text(encoding="utf-8"))
    return found["read"], found["accepted"], found["quarantined"], found["mended"]


def places(shop: Shop) -> Places:
    return Places(shop.folder)


def in_quarantine(shop: Shop) -> list[tuple[Any, ...]]:
    return (
        pl.read_parquet(shop.merged / "quarantine.parquet")
        .select("file", "line", "reason")
        .rows()
    )


def command(
    shop: Shop, *args: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.quarantine.command", *args],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | environment,
    )


def exported(shop: Shop, name: str = "mend.csv") -> Path:
    path = shop.folder / name
    rows = pl.read_parquet(shop.merged / "quarantine.parquet")
    export.export(
        export.refused(export.in_a_drop(rows, places(shop)), places(shop)), path
    )
    return path


def cells(path: Path, mark: str = ",") -> list[list[str]]:
    return list(
        csv.reader(
            io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""),
            delimiter=mark,
        )
    )


def mend(
    path: Path, line: int, mark: str = ",", encoding: str = "utf-8", **changes: str
) -> None:
    """What a person does in a spreadsheet to the row of the source's `line`."""
    header, *rows = cells(path)
    for row in rows:
        if row[header.index("quarantine_line")] == str(line):
            for name, value in changes.items():
                row[header.index(name)] = value
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle, delimiter=mark).writerows([header, *rows])
