"""The places are those of dvc.yaml."""

from pathlib import Path

from ruamel.yaml import YAML

from bench.house.imports import ROOT
from ops.quarantine.places import Places


def test_the_folders_are_those_that_merge_reads_and_writes() -> None:
    merge = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]["merge"]
    places = Places(Path())
    deps = {Path(dep) for dep in merge["deps"]}
    outs = {Path(next(iter(out))) for out in merge["outs"]}
    assert {places.staging, places.batches, places.raw_file("x").parent} <= deps
    assert places.quarantine in outs


def test_a_file_of_the_sample_is_looked_for_where_the_shop_has_none(
    tmp_path: Path,
) -> None:
    places = Places(tmp_path)
    (tmp_path / "data/raw").mkdir(parents=True)
    assert places.raw_file("a.csv") == tmp_path / "data/sample/a.csv"
    (tmp_path / "data/raw/a.csv").touch()
    assert places.raw_file("a.csv") == tmp_path / "data/raw/a.csv"
