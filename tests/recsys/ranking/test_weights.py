"""The weights of the score: bounds, and what loads with them."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from recsys.ranking.weights import ONLY_FACTORS, Weights


def test_all_off_is_the_factors_alone():
    assert ONLY_FACTORS.only_factors
    assert not Weights(content=0, popularity=0, neighbours=0.1).only_factors


@pytest.mark.parametrize("wrong", [-0.1, 1001.0, float("nan"), float("inf"), "1"])
def test_what_is_no_weight(wrong):
    with pytest.raises(ValidationError):
        Weights(content=wrong, popularity=0, neighbours=0)


def test_they_are_light():
    code = "import sys, recsys.ranking.weights; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"numba", "scipy", "numpy", "ruamel.yaml"} & set(done.stdout.split())
