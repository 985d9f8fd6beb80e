"""A merged shop with refused rows, and a program of it called without a process of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ops.quarantine.worlds import BAD, BROKEN, WRONG_IDS, merged
from tests.worlds import REVIEW_LINES, Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with three refused reviews, in lines 9, 10 and 11; merged."""
    made = make_shop(tmp_path, [*REVIEW_LINES, BAD, BROKEN, WRONG_IDS])
    merged(made)
    return made


@pytest.fixture
def printed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What a command of the shop prints, called without a process of its own."""
    monkeypatch.chdir(shop.folder)
    monkeypatch.setenv("COLUMNS", "100")

    def call(command: Callable[..., None], *args: Any) -> str:
        command(*args)
        return capsys.readouterr().out

    return call
