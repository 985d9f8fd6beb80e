"""The impression log: a line a list, rotated, and never in the way."""

import json
import os
from pathlib import Path

from recsys.serving.impressions import Impressions


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


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    if not os.access("/dev/full", os.W_OK):
        return
    log = Impressions(Path("/dev/full"))
    log.shown("r1", "als-1", None, [])
    assert log.lost == 1
    try:
        log.close()
    except OSError:
        log.lost += 1
