"""The reference as files: whole after a kill, and refused when torn."""

import json
import os
from pathlib import Path

import pytest

from recsys.drift import reference
from recsys.program.errors import DataError
from tests.recsys.drift.worlds import rows
from tests.worlds import complains, snapshot

EVENTS = rows(
    ("a", "p1", 5.0, 0.5, -2), ("b", "p1", 4.0, 0.5, 0), ("a", "p2", 1.0, 0.5, -1)
)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    made = reference.write(tmp_path, EVENTS, "deployment", "als-1")
    assert made.model_dump() | {"file": ""} == {
        "why": "deployment",
        "model_id": "als-1",
        "until": "2026-01-01T00:00:00+00:00",
        "events": 3,
        "users": 2,
        "file": "",
    }
    assert reference.read(tmp_path) == made
    assert reference.events_of(tmp_path, made)["user_id"].to_list() == ["a", "b", "a"]


def test_the_same_table_is_the_same_bytes_and_not_that_of_another_order(
    tmp_path: Path,
) -> None:
    tables = {"one": EVENTS, "two": EVENTS, "other": EVENTS.reverse()}
    made = {
        name: reference.write(tmp_path / name, events, "first run", None)
        for name, events in tables.items()
    }
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two")
    assert made["other"].model_dump() | {"file": ""} == made["one"].model_dump() | {
        "file": ""
    }
    kept = reference.events_of(tmp_path / "other", made["other"])
    assert kept.equals(EVENTS.reverse())


def test_another_one_takes_its_place(tmp_path: Path) -> None:
    reference.write(tmp_path, EVENTS, "first run", None)
    made = reference.write(tmp_path, EVENTS[:2], "by hand", None)
    assert set(snapshot(tmp_path)) == {"reference.json", made.file}


def test_a_kill_between_the_two_files_leaves_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = reference.write(tmp_path, EVENTS, "first run", None)

    def killed(path: Path, value: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference, "write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        reference.write(tmp_path, EVENTS[:2], "by hand", None)
    monkeypatch.undo()
    assert reference.read(tmp_path) == made
    assert len(reference.events_of(tmp_path, made)) == 3
    reference.write(tmp_path, EVENTS[:2], "by hand", None)
    assert len(os.listdir(tmp_path)) == 2  # noqa: PTH208 - hidden files too


def test_there_is_none_at_first_and_a_summary_of_former_times_is_none(
    tmp_path: Path,
) -> None:
    assert reference.read(tmp_path) is None
    former = {"newest_event": "2026-01-01T00:00:00+00:00", "rating_share": {"5": 1.0}}
    (tmp_path / "reference.json").write_text(json.dumps(former))
    assert reference.read(tmp_path) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", '{"why": "moon"}'])
def test_what_is_no_reference_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "reference.json").write_text(content)
    with complains(DataError, tmp_path / "reference.json"):
        reference.read(tmp_path)


def test_torn_events_are_told_with_the_next_step(tmp_path: Path) -> None:
    made = reference.write(tmp_path, EVENTS, "first run", None)
    (tmp_path / made.file).write_bytes(b"PAR1")
    with complains(DataError, made.file, "runner.py drift --update-reference"):
        reference.events_of(tmp_path, made)
    (tmp_path / made.file).unlink()
    with complains(DataError, made.file, "missing"):
        reference.events_of(tmp_path, made)


def test_no_events_make_no_reference(tmp_path: Path) -> None:
    with complains(DataError, "no events"):
        reference.write(tmp_path, EVENTS.clear(), "first run", None)
