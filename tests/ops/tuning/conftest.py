"""A study that nobody disturbed, and copies of it."""

import shutil
from pathlib import Path

import pytest

from tests.ops.tuning.worlds import shop_in, tuned
from tests.worlds import Shop


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, store_template: Path) -> Shop:
    """A study of TRIALS trials that nobody disturbed. Copy it before you go on with it."""
    shop = shop_in(tmp_path_factory.mktemp("whole"), store_template)
    tuned(shop)
    return shop


@pytest.fixture
def copied(whole: Shop, tmp_path: Path) -> Shop:
    """A copy of that study."""
    shutil.copytree(whole.folder, tmp_path / "copy")
    return Shop(tmp_path / "copy")
