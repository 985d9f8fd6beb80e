"""A table that is kept is given back for the same key, whole, or not at all."""

import errno
from pathlib import Path

import polars as pl
import pytest

from recsys.files.kept_tables import Kept, keep_only, read_kept, write_kept

KEPT = Kept(pl.DataFrame({"id": ["a", "bé"], "value": [1.5, None]}), [3, ["x", ""]])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_what_was_kept_is_read_for_its_key_only(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert read_kept(folder, "one", "key") is None
    write_kept(folder, "one", "key", KEPT)
    found = read_kept(folder, "one", "key")
    assert found
    assert found.table.equals(KEPT.table)
    assert found.facts == KEPT.facts
    assert read_kept(folder, "one", "other") is None
    assert read_kept(folder, "two", "key") is None
    assert names(folder) == ["one.arrow", "one.json"]


def test_a_table_that_is_in_use_can_be_replaced(tmp_path: Path) -> None:
    write_kept(tmp_path, "one", "key", KEPT)
    first = read_kept(tmp_path, "one", "key")
    write_kept(tmp_path, "one", "new", Kept(KEPT.table.head(1), []))
    assert first
    assert first.table.equals(KEPT.table)


@pytest.mark.parametrize("end", ["arrow", "json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other"])
def test_a_torn_one_is_as_good_as_none(
    tmp_path: Path, end: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_kept(tmp_path, "one", "key", KEPT)
    path = tmp_path / f"one.{end}"
    whole = path.read_bytes()
    if damage == "flip":
        flip(path)
    else:
        torn = {"cut": whole[: len(whole) // 2], "empty": b"", "other": b"[1]"}
        path.write_bytes(torn[damage])
    assert read_kept(tmp_path, "one", "key") is None
    if (end, damage) != ("json", "flip"):  # it may have hit the key
        assert "one.arrow: torn" in caplog.text
    write_kept(tmp_path, "one", "key", KEPT)
    assert read_kept(tmp_path, "one", "key")


def test_other_facts_are_not_believed(tmp_path: Path) -> None:
    write_kept(tmp_path, "one", "key", KEPT)
    path = tmp_path / "one.json"
    path.write_text(path.read_text().replace("3", "4", 1))
    assert read_kept(tmp_path, "one", "key") is None


def test_a_full_disk_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    write_kept(tmp_path, "one", "key", KEPT)
    assert "not kept" in caplog.text
    assert names(tmp_path) == []


def test_what_is_not_named_goes(tmp_path: Path) -> None:
    keep_only(tmp_path / "none", ["one"])
    for name in ("one", "two"):
        write_kept(tmp_path, name, "key", KEPT)
    (tmp_path / ".three.part").write_bytes(b"left by a kill")
    keep_only(tmp_path, ["one"])
    assert names(tmp_path) == ["one.arrow", "one.json"]
