"""The impression log: a line a list, rotated, and never in the way."""

import json
import os
from pathlib import Path

import pytest

from recsys.program.errors import ConfigError
from recsys.serving.impressions import Impressions, check
from tests.worlds import complains


def test_a_line_a_list(tmp_path: Path) -> None:
    path = tmp_path / "logs/shown.jsonl"
    for user in ("đ", None):  # a second start goes on in the same file
        log = Impressions(path)
        log.shown("r1", "als-1", user, ["p1", "p2"])
        log.close()
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["user_id"] for line in found] == ["đ", None]
    assert found[0]["products"] == ["p1", "p2"]
    assert list(found[0]) == ["at", "request_id", "model_id", "user_id", "products"]


def test_files_are_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    log = Impressions(tmp_path / "shown.jsonl", largest=1, kept=2)
    for number in range(5):
        log.shown(f"r{number}", "als-1", None, [])
    log.close()
    names = ["shown.jsonl", "shown.jsonl.1", "shown.jsonl.2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert '"r4"' in (tmp_path / "shown.jsonl.1").read_text()
    assert '"r3"' in (tmp_path / "shown.jsonl.2").read_text()


def test_a_full_disk_loses_lines_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = Impressions(Path("/dev/full"))
    for _ in range(3):
        log.shown("r1", "als-1", None, [])
    assert log.lost == 3
    assert log.problem.startswith("/dev/full: lists are not written down (No space")
    assert [record.getMessage() for record in caplog.records] == [log.problem]
    log.close()


def test_a_line_that_is_cut_off_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, write = Impressions(tmp_path / "shown.jsonl"), os.write
    log.shown("r1", "als-1", None, [])
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, content: write(handle, content[:9]))
        log.shown("r2", "als-1", None, [])
    assert (log.lost, "No space" in log.problem) == (1, True)
    log.shown("r3", "als-1", None, [])
    assert (log.lost, log.problem) == (1, "")
    assert requests_in(tmp_path / "shown.jsonl") == ["r1", "r3"]


def test_several_workers_rotate_once(tmp_path: Path) -> None:
    path = tmp_path / "shown.jsonl"
    workers = [Impressions(path, largest=1000, kept=2) for _ in range(8)]
    for number in range(32):
        workers[number % 8].shown(f"r{number}", "als-1", None, [])
    files = [path, path.with_name("shown.jsonl.1"), path.with_name("shown.jsonl.2")]
    sizes = [file.stat().st_size for file in files[1:]]
    assert all(1000 <= size < 1200 for size in sizes)
    found = [line for file in reversed(files) for line in requests_in(file)]
    assert found == [f"r{number}" for number in range(32)][-len(found) :]
    assert len(found) > 2 * 1000 // 200


@pytest.mark.parametrize("fate", ["moved", "removed"])
def test_who_moves_the_file_does_not_take_what_comes_next(
    tmp_path: Path, fate: str
) -> None:
    path = tmp_path / "shown.jsonl"
    log = Impressions(path)
    log.shown("r1", "als-1", None, [])
    path.rename(tmp_path / "moved") if fate == "moved" else path.unlink()
    log.shown("r2", "als-1", None, [])
    assert requests_in(path) == ["r2"]


def test_a_folder_that_goes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "shown.jsonl"
    log = Impressions(path, largest=1)
    (tmp_path / "logs").rename(tmp_path / "gone")
    log.shown("r1", "als-1", None, [])
    log.shown("r2", "als-1", None, [])
    assert (log.lost, "No such file" in log.problem) == (2, True)
    (tmp_path / "gone").rename(tmp_path / "logs")
    log.shown("r3", "als-1", None, [])
    assert (log.lost, log.problem) == (2, "")
    assert requests_in(path.with_name("shown.jsonl.1")) == ["r3"]


def test_a_file_that_cannot_be_renamed_grows_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "shown.jsonl"
    (tmp_path / "shown.jsonl.1" / "in the way").mkdir(parents=True)
    log = Impressions(path, largest=1, kept=1)
    for number in range(3):
        log.shown(f"r{number}", "als-1", None, [])
        assert "cannot be renamed" in log.problem
    assert (log.lost, requests_in(path)) == (0, ["r0", "r1", "r2"])


def test_what_cannot_be_written_is_refused_before_the_service_begins(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    check("")
    check(str(tmp_path / "new/shown.jsonl"))
    for wrong in (tmp_path, tmp_path / "file" / "shown.jsonl"):
        with complains(ConfigError, str(wrong), "--impressions"):
            check(str(wrong))


def requests_in(path: Path) -> list[str]:
    return [json.loads(line)["request_id"] for line in path.read_text().splitlines()]
