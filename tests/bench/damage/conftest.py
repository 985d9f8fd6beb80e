"""A shop that drops are put into."""

from collections.abc import Iterator

import pytest

from bench.damage.trial_shop import TrialShop, trial_shop
from bench.house.imports import ROOT


@pytest.fixture(scope="session")
def shop() -> Iterator[TrialShop]:
    with trial_shop(ROOT / "params.yaml") as made:
        yield made
