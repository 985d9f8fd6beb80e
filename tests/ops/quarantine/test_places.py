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
    assert {places.raw, places.staging, places.batches} <= deps
    assert places.quarantine in outs
