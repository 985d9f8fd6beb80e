"""A short campaign of two runners and one server on PostgreSQL."""

import os

import pytest

from bench.damage import contention
from bench.shared import mlflow_server, promotions


def test_two_runners_leave_one_in_production_after_each_promotion() -> None:
    if why := mlflow_server.missing():
        pytest.skip(why)
    before = dict(os.environ)
    seen = promotions.run(2, kills=False)
    assert seen.at_once == {contention.RIGHT: 4}
    assert dict(os.environ) == before
