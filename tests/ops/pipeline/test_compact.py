"""Compaction says what it did, keeps away from a repro, and leaves what merge writes as it was."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops import lock
from recsys.intake import drops
from recsys.intake.batches import sealed
from stages import merge
from tests.worlds import Shop, make_shop, snapshot

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Three batches: good rows, a duplicate, and rows that are refused."""
    shop = make_shop(tmp_path / "shop")
    shop.configure(merge={"settle_s": 0.0})
    shop.drop(
        "1.csv", "u,p1,5,good,2024-01-01 10:00:00", "u,p1,five,,2024-01-01 10:00:00"
    )
    shop.drop("2.csv", "u,p1,5,good,2024-01-01 10:00:00", "v,p2,3,,2024-01-02 10:00:00")
    shop.drop("3.csv", "w,p3,4,,2024-01-02 10:00:00", "w,p3,4,,no time")
    return shop


def command(shop: Shop) -> "subprocess.CompletedProcess[str]":
    arguments = ["--batches", str(shop.batches), "--state", str(shop.folder / "state")]
    return subprocess.run(
        [sys.executable, "-m", "ops.pipeline.compact", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def run(shop: Shop) -> dict[str, bytes]:
    """Merge, and what it writes."""
    merge.main(
        shop.raw, shop.staging, shop.batches, shop.merged, shop.metrics, shop.params
    )
    return {**snapshot(shop.merged), **snapshot(shop.metrics.parent)}


def test_merge_writes_the_same_bytes_from_folded_batches(shop: Shop) -> None:
    before = run(shop)
    done = command(shop)
    assert done.returncode == 0
    assert "folded: 3 batches are in" in done.stdout
    assert [path.suffix for path in sorted(shop.batches.iterdir())] == [
        ".zip",
        ".jsonl",
    ]
    assert run(shop) == before


def test_content_that_was_folded_is_known_and_later_drops_are_numbered_on(
    shop: Shop,
) -> None:
    run(shop)
    command(shop)
    shop.drop("4.csv", "w,p3,4,,2024-01-02 10:00:00", "w,p3,4,,no time")
    shop.drop("5.csv", "x,p3,4,,2024-01-02 10:00:00")
    assert [name[:6] for name in drops.take(shop.staging, shop.batches, NOW, 0.0)] == [
        "000004"
    ]


def test_there_may_be_nothing_to_fold(shop: Shop) -> None:
    done = command(shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"nothing to fold: 0 batches in {shop.batches}\n"


def test_it_keeps_away_from_a_repro(shop: Shop) -> None:
    run(shop)
    before = snapshot(shop.batches)
    with lock.hold(shop.folder / "state/repro.lock", "a repro", {"pid": 1}):
        done = command(shop)
    assert done.returncode == 5
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert snapshot(shop.batches) == before


def test_it_leaves_what_a_killed_repro_wrote_into_the_lock(shop: Shop) -> None:
    run(shop)
    (shop.folder / "state").mkdir()
    (shop.folder / "state/repro.lock").write_text('{"token": "abc"}')
    assert command(shop).returncode == 0
    assert (shop.folder / "state/repro.lock").read_text() == '{"token": "abc"}'


def test_a_damaged_batch_is_one_line_and_nothing_goes(shop: Shop) -> None:
    run(shop)
    path = sealed(shop.batches)[0].path
    path.write_bytes(path.read_bytes() + b"x")
    before = snapshot(shop.batches)
    done = command(shop)
    assert done.returncode == 3
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(shop.batches) == before
