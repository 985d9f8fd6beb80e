"""`runner.py drift --update-reference` makes the data as it stands the reference."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.lock import no_repro
from ops.pipeline import drift
from recsys.drift import reference
from recsys.files.tables import write_table
from recsys.program.errors import DataError, InstanceError
from tests.recsys.drift.worlds import rows
from tests.worlds import complains

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    events = rows(("a", "p1", 5.0, 0.5, 0), ("b", "p1", 5.0, 0.5, -1))
    write_table(events, tmp_path / "data/processed/interactions.parquet")
    replaced = rows(("a", "p1", 5.0, 0.5, -9))
    write_table(replaced, tmp_path / "data/processed/replaced.parquet")
    return tmp_path


def test_the_data_as_it_stands(project: Path) -> None:
    said = drift.update_reference(project, project / "state")
    assert said == "reference of drift: 3 events to 2026-01-01, by hand"
    found = reference.read(project / "data/reference")
    assert found and (found.why, found.model_id, found.events) == ("by hand", None, 3)


def test_it_names_what_is_in_production(project: Path) -> None:
    """So that the next look of a deployment leaves it."""
    db = project / "state" / deployment_log.DATABASE
    number = deployment_log.begin(
        db, Intent("promote", "als-1", 1, None, None, None), NOW
    )
    deployment_log.finish(db, number, "promoted", "", NOW)
    drift.update_reference(project, project / "state")
    found = reference.read(project / "data/reference")
    assert found and found.model_id == "als-1"


def test_without_data_or_beside_a_repro_nothing_is_written(project: Path) -> None:
    with no_repro(project / "state"), complains(InstanceError, "a repro"):
        drift.update_reference(project, project / "state")
    (project / "data/processed/interactions.parquet").unlink()
    with complains(DataError, "interactions.parquet"):
        drift.update_reference(project, project / "state")
    assert not (project / "data/reference").exists()
