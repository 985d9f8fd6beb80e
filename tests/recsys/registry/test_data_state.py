"""The data is named by the hash of its events; what is missing is said."""

from pathlib import Path

import pytest

from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.program.errors import DataError
from recsys.registry import data_state
from tests.recsys.registry.worlds import STATS
from tests.worlds import complains


@pytest.fixture
def processed(tmp_path: Path) -> Path:
    write_json(tmp_path / data_state.STATS, {**STATS.model_dump(), "sparsity": 0.9})
    (tmp_path / data_state.EVENTS).write_bytes(b"events")
    return tmp_path


def test_it_is_named_by_its_events(processed: Path) -> None:
    found = data_state.read(processed, "leave_one_out")
    assert found.sha256 == sha256_of(processed / data_state.EVENTS)
    assert found.digest == found.sha256[:12]
    assert (found.stats, found.split) == (STATS, "leave_one_out")
    assert found.name == "events to 2026-03-04"
    assert found.stats.days == "2026-01-02 to 2026-03-04"


def test_without_dates_it_says_so(processed: Path) -> None:
    stats = read_json(processed / data_state.STATS)
    write_json(processed / data_state.STATS, {**stats, "newest_event": None})
    found = data_state.read(processed, "global_time")
    assert (found.name, found.stats.days) == ("events", "without dates")


@pytest.mark.parametrize("name", [data_state.EVENTS, data_state.STATS])
def test_what_is_missing_is_named(processed: Path, name: str) -> None:
    (processed / name).unlink()
    with complains(DataError, processed / name, "dvc repro"):
        data_state.read(processed, "leave_one_out")


@pytest.mark.parametrize("content", [[], {"interactions": 1}, {"interactions": "x"}])
def test_what_is_no_statistics_is_named(processed: Path, content: object) -> None:
    write_json(processed / data_state.STATS, content)
    with complains(DataError, data_state.STATS, "dvc repro"):
        data_state.read(processed, "leave_one_out")
