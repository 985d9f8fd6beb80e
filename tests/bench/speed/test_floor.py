"""Merge and process beside plain pandas, small."""

import importlib
from pathlib import Path

import polars as pl

from bench.house.imports import ROOT
from bench.speed import floor
from bench.speed.cost import Cost

SMALL = ("--users", "60", "--products", "20")


def run_here(_: str, program: str, *arguments: str) -> Cost:
    """Run a program in this process, which is much faster."""
    main = importlib.import_module(program).main
    if program.startswith("stages."):
        main(*map(Path, arguments))
    else:
        main(arguments)
    return Cost(1.0, 1.0, 10)


def test_every_line_of_a_shop_is_measured(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)  # where params.yaml is
    monkeypatch.setattr(floor, "cost_of", run_here)
    lines = list(floor.reviews(tmp_path, *SMALL))
    assert "lines of CSV" in lines[0]
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| merge + process, from nothing",
        "| merge + process, texts scored already",
        "| the same after a drop of 100 new rows",
        "| plain pandas, without scores, checks or accounts",
    ]
    merged = pl.read_parquet(tmp_path / "shop/merged/interactions.parquet")
    assert merged["user_id"].str.starts_with("new ").sum() == 100


def test_large_shops_have_four_lines_each(tmp_path: Path, monkeypatch) -> None:
    for name in ("merge", "process", "plain_pandas"):
        monkeypatch.setattr(floor, name, lambda _: Cost(1.0, 1.0, 10))
    lines = list(floor.large(tmp_path, (100, 200)))
    assert [line.split(": ")[1].split(" |")[0] for line in lines[2:6]] == [
        "merge",
        "process",
        "both",
        "plain pandas",
    ]
    assert len(lines) == 2 + 2 * 4 and "| 2.0 | 2.0 | 10 |" in lines[4]


def test_a_drop_is_taken_in(tmp_path: Path) -> None:
    lines = list(floor.drop_lines(tmp_path, 2 << 20))
    assert lines[1].startswith("| intake of a drop of 2 MB |")
    (batch,) = (tmp_path / "shop" / "batches").glob("*.csv")
    assert 2 << 20 <= batch.stat().st_size < 4 << 20
