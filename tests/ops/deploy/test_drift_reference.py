"""The reference of drift is what the model in production was trained on, and follows it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ops.deploy import drift_reference, promote, rollback
from ops.deploy.releases import Places
from ops.deploy.site import Site
from recsys.drift import reference
from recsys.drift.reference import Reference
from recsys.files.tables import write_table
from recsys.registry import store
from tests.recsys.drift.worlds import UNTIL, rows

THEN = rows(("a", "p1", 5.0, 0.5, -3), ("b", "p2", 4.0, 0.5, -1))
REPLACED = rows(("a", "p1", 5.0, 0.5, -2), ("d", "p1", 5.0, 0.5, 4000))
LATER = rows(("c", "p1", 5.0, 0.5, -1), ("c", "p2", 5.0, 0.5, 4000))


@pytest.fixture
def root(shop: Any) -> Path:
    folder: Path = shop.mlruns.parent
    write_table(LATER, folder / drift_reference.EVENTS)
    write_table(REPLACED[:0], folder / drift_reference.REPLACED)
    return folder


def site(shop: Any) -> Site:
    return replace(shop.site(), places=Places(shop.mlruns.parent))


def known(root: Path) -> Reference:
    found = reference.read(root / "data/reference")
    assert found is not None
    return found


def trained_on_then(shop: Any, root: Path) -> str:
    """A run that says which events it was trained on; DVC has them in its cache."""
    run = shop.client.create_run(store.experiment_id(shop.client))
    keep(shop, root, run.info.run_id, drift_reference.EVENTS, THEN)
    return str(run.info.run_id)


def keep(shop: Any, root: Path, run: str, path: str, rows: pl.DataFrame) -> Path:
    """Let the run name these rows as its own of this path, and DVC have them."""
    md5 = hashlib.md5(path.encode(), usedforsecurity=False).hexdigest()
    kept = root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    write_table(rows, kept)
    shop.client.set_tag(run, f"dvc.{path}", md5)
    return kept


def test_the_events_of_its_training_are_in_dvcs_cache(shop: Any, root: Path) -> None:
    shop.register("als-1", trained_on_then(shop, root))
    drift_reference.follow(site(shop), "als-1")
    found = known(root)
    assert (found.why, found.model_id, found.events) == ("deployment", "als-1", 2)
    assert found.until == (UNTIL - timedelta(days=1)).isoformat()


def test_what_they_had_replaced_counts_too(shop: Any, root: Path) -> None:
    run = trained_on_then(shop, root)
    kept = keep(shop, root, run, drift_reference.REPLACED, REPLACED[:1])
    shop.register("als-1", run)
    drift_reference.follow(site(shop), "als-1")
    assert known(root).events == 3
    kept.unlink()  # then it is the data of today
    reference.write(root / "data/reference", THEN, "by hand", None)
    drift_reference.follow(site(shop), "als-1")
    assert known(root).events == 1
    write_table(REPLACED, root / drift_reference.REPLACED)
    reference.write(root / "data/reference", THEN, "by hand", None)
    drift_reference.follow(site(shop), "als-1")
    assert known(root).events == 2


def test_else_they_are_those_of_today_up_to_its_registration(
    shop: Any, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert datetime.now(UTC) < UNTIL + timedelta(days=4000)
    shop.register("als-1")
    drift_reference.follow(site(shop), "als-1")
    assert known(root).events == 1
    assert "Reference of drift: 1 events to 2025-12-31." in capsys.readouterr().out


def test_it_is_written_at_promotion_and_rollback_and_not_again(
    shop: Any, root: Path
) -> None:
    for model_id in ("als-1", "als-2"):
        shop.stage(model_id)
        promote.promote(site(shop))
        assert known(root).model_id == model_id
    by_hand = reference.write(root / "data/reference", THEN, "by hand", "als-2")
    promote.promote(site(shop))  # nothing new
    assert known(root) == by_hand
    rollback.roll_back(site(shop))
    assert (known(root).model_id, known(root).why) == ("als-1", "deployment")


def test_a_torn_one_is_written_anew(shop: Any, root: Path) -> None:
    shop.stage("als-1")
    promote.promote(site(shop))
    (root / "data/reference/reference.json").write_text("{")
    promote.promote(site(shop))
    assert known(root).model_id == "als-1"


def test_what_prevents_it_fails_no_deployment(
    shop: Any, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / drift_reference.EVENTS).write_bytes(b"no parquet")
    shop.stage("als-1")
    promote.promote(site(shop))
    assert shop.champion() == "als-1"
    assert "The reference of drift stays as it is: " in capsys.readouterr().out
    assert reference.read(root / "data/reference") is None
