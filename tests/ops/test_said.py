import json
from pathlib import Path

import pytest

from ops import said
from ops.said import Said


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "said" / "run.json"
    monkeypatch.setenv(said.SAYS, str(path))
    return path


def test_what_is_told_is_heard_once(path: Path) -> None:
    said.tell("ok", "full")
    said.tell("skipped", "incremental", "no change", {"train": "drift"})
    told = Said("skipped", "incremental", "no change", {"train": "drift"})
    assert said.heard(path) == told
    assert said.heard(path) == Said()
    assert list(path.parent.iterdir()) == []


def test_without_a_listener_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(said.SAYS, raising=False)
    monkeypatch.chdir(tmp_path)
    said.tell("skipped", reason="no change")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Said()),
        (b"[1]", Said()),
        (b'{"status": "skipped"', Said()),
        (b'{"unknown": 1}', Said()),
        (b'{"status": "failed"}', Said()),  # that is for the exit code to say
        (b'{"kind": 3, "reason": ["x"], "asks": "train"}', Said()),
        (b'{"reason": "two\\nlines"}', Said(reason="two lines")),
    ],
)
def test_only_what_has_the_right_form_counts(
    path: Path, content: bytes, expected: Said
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert said.heard(path) == expected


def test_a_long_reason_is_cut(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"reason": "x" * 400}))
    assert said.heard(path).reason == "x" * 297 + "..."


def test_what_a_killed_child_has_half_written_goes_too(tmp_path: Path) -> None:
    half = tmp_path / ".run.json.part"
    half.write_text('{"status": "sk')
    assert said.heard(tmp_path / "run.json") == said.Said()
    assert not half.exists()
