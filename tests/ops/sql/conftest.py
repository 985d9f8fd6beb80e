from collections.abc import Iterator

import pytest

from bench.speed import postgres
from bench.speed.postgres import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL; the test is skipped where there can be none."""
    if why := postgres.missing():
        pytest.skip(why)
    with postgres.served() as found:
        yield found
