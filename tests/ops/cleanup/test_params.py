"""The section is in params.yaml as it is shipped."""

from pathlib import Path

from bench.house.imports import ROOT
from ops.cleanup.params import Params
from recsys.program.params import load


def test_the_shipped_section_is_whole() -> None:
    found = load(Params, "cleanup", ROOT / Path("params.yaml"))
    assert found.keep_models >= found.keep_releases >= 2
