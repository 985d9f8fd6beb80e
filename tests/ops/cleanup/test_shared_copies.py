"""Copies of a shared store go when nobody here needs them; what a local store has stays."""

import os
from pathlib import Path

from ops.cleanup import shared_copies
from recsys.registry.logged_models import COPY


def copied(mlruns: Path, folder: str, model_id: str, at: int) -> Path:
    place = mlruns / "artifacts" / folder
    place.mkdir(parents=True)
    (place / COPY).write_text(f"{model_id}\n")
    os.utime(place / COPY, (at, at))
    return place


def test_the_newest_of_each_type_and_the_needed_stay(tmp_path: Path) -> None:
    oldest = copied(tmp_path, "r1", "als-000000000001", 1)
    copied(tmp_path, "r2", "als-000000000002", 2)
    left = copied(tmp_path, "r3", "als-000000000003", 3)
    left_too = copied(tmp_path, "models/m-3", "als-000000000003", 3)
    copied(tmp_path, "r4", "als-000000000004", 4)
    copied(tmp_path, "models/m-4", "als-000000000004", 4)
    copied(tmp_path, "r5", "bpr-000000000005", 0)
    (tmp_path / "artifacts/r6").mkdir()  # of a local store
    found = shared_copies.unneeded(tmp_path, 1, {"als-000000000002"})
    assert set(found) == {oldest, left, left_too}


def test_no_copies_no_work(tmp_path: Path) -> None:
    assert shared_copies.unneeded(tmp_path, 1, set()) == []
