"""`python runner.py sql` as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from tests.ops.sql.entries import add, entry, review, sqlite_shop
from tests.worlds import Shop, make_shop, snapshot


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = make_shop(tmp_path / "project")
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 31)))
    source = {"interactions": [], "products": [], "sql": [entry(url).model_dump()]}
    with shop.params.open("w", encoding="utf-8") as out:
        YAML(typ="safe").dump({"source": source}, out)
    return shop


def run(shop: Shop, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.sql.command", *options],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_a_dry_run_says_how_many_wait_and_changes_nothing(shop: Shop) -> None:
    before = snapshot(shop.folder)
    done = run(shop, "--dry-run")
    assert (done.stdout, done.stderr) == ("reviews: 30 rows wait\n", "")
    assert snapshot(shop.folder) == before


def test_rows_are_taken_and_the_next_time_only_new_ones(
    shop: Shop, tmp_path: Path
) -> None:
    done = run(shop)
    assert done.stdout.startswith("reviews: 30 new rows of 30 read; now sql-reviews-")
    add(tmp_path / "shop.db", [review(31)])
    assert "reviews: 1 new row of 1 read" in run(shop).stdout
    assert run(shop).stdout == "reviews: nothing new (0 rows read)\n"
    assert run(shop, "--again").stdout.startswith("reviews: 31 new rows of 31 read")


def test_a_database_that_is_away_is_exit_6(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "shop.db").rename(tmp_path / "away.db")
    done = run(shop)
    assert done.returncode == 6
    assert "no such file" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_table_it_says_how_to_name_one(shop: Shop) -> None:
    shop.params.write_text("source: {interactions: [], products: [], sql: []}\n")
    assert "init --sql URL QUERY" in run(shop).stdout
