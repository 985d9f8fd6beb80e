"""Run the stage merge in a test, and read what it wrote."""

import json
import os
import subprocess
import sys
from typing import Any

import polars as pl

from bench.house.imports import ROOT
from stages import merge
from tests.worlds import (
    Shop,
)

REVIEWS = "data_reviews_purchase.csv"


def run(shop: Shop) -> dict[str, Any]:
    """Merge, and read what it says of the rows."""
    merge.main(
        *(shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics, shop.params),
        sample=shop.sample,
    )
    found: dict[str, Any] = json.loads(shop.metrics.read_text(encoding="utf-8"))
    return found


def command(shop: Shop, **environment: str) -> subprocess.CompletedProcess[str]:
    arguments = [
        shop.raw,
        shop.staging,
        shop.batches,
        shop.merged,
        shop.metrics,
        "--params",
        shop.params,
    ]
    return subprocess.run(
        [sys.executable, "-m", "stages.merge", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def merged(shop: Shop) -> list[tuple[Any, ...]]:
    frame = pl.read_parquet(shop.merged / "interactions.parquet")
    return frame.select(
        "user_id",
        "product_id",
        "rating",
        "comment",
        pl.col("timestamp").dt.to_string("%F %T"),
        "file",
        "line",
    ).rows()


def quarantine(shop: Shop) -> list[tuple[Any, ...]]:
    return (
        pl.read_parquet(shop.merged / "quarantine.parquet")
        .select("file", "line", "column", "reason")
        .rows()
    )


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    return found["read"], found["accepted"], found["duplicates"], found["quarantined"]


def batch_name(found: dict[str, Any]) -> str:
    """The one batch among the files of metrics/merge.json."""
    (name,) = (name for name in found["files"] if name.startswith("000001-"))
    return str(name)
