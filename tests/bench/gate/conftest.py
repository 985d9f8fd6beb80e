"""The params of gate and court, as they are shipped."""

import pytest

from bench.house.imports import ROOT
from recsys.program.params import load
from recsys.statistics import court, gate


@pytest.fixture(scope="session")
def gate_params() -> gate.Params:
    return load(gate.Params, "gate", ROOT / "params.yaml")


@pytest.fixture(scope="session")
def court_params() -> court.Params:
    return load(court.Params, "court", ROOT / "params.yaml")
