"""It removes and counts; a dry one changes nothing and counts the same."""

from pathlib import Path

from ops.cleanup.broom import Broom, Gone, size_of
from tests.worlds import snapshot


def swept(folder: Path, dry_run: bool) -> tuple[Broom, list[str]]:
    said: list[str] = []
    broom = Broom(dry_run, said.append)
    broom.sweep("logs", [folder / "a.log", folder / "none.log"])
    broom.sweep("models", [folder / "m", folder / "link"])
    broom.note("models", "als-1 (version 1, None)")
    return broom, said


def test_what_a_dry_one_says_is_what_a_wet_one_does(tmp_path: Path) -> None:
    (tmp_path / "m/n").mkdir(parents=True)
    for name, size in (("a.log", 5), ("m/n/x", 1000), ("m/y", 24)):
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "link").symlink_to("kept")
    (tmp_path / "kept").write_text("k")
    before = snapshot(tmp_path)
    dry, would = swept(tmp_path, True)
    assert snapshot(tmp_path) == before
    wet, said = swept(tmp_path, False)
    assert [line.replace("removed", "would remove") for line in said] == would
    assert dry.gone == wet.gone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]
    link = wet.gone[2].size
    assert wet.gone[:2] == [
        Gone("logs", str(tmp_path / "a.log"), 5),
        Gone("models", str(tmp_path / "m"), 1024),
    ]
    assert wet.by_kind() == {"logs": (1, 5), "models": (3, 1024 + link)}
    assert wet.table()[-1].startswith("Removed 4 things, 1 KB")
    assert dry.table()[-1].startswith("Would remove 4 things")
    assert wet.as_json()["kinds"]["logs"] == {"things": 1, "bytes": 5}


def test_a_link_counts_as_itself(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 10_000)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/link").symlink_to(tmp_path / "big")
    assert size_of(tmp_path / "m") < 1000
