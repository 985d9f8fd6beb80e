"""A shop with an empty staging folder; a folder with three batches."""

from pathlib import Path

import pytest

from recsys.intake.drop_log import note
from tests.recsys.intake.worlds import entry, put
from tests.worlds import Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with three batches, the second noted in the drop log."""
    made = [
        put(tmp_path, number, f"content {number}\n".encode() * 10)
        for number in (1, 2, 3)
    ]
    note(tmp_path, entry(made[1].name))
    return tmp_path
