"""A DVC project that does nothing."""

from pathlib import Path

from bench.house.imports import ROOT
from bench.speed.bare_dvc import make_bare, stages_of


def test_it_has_as_many_stages_and_nothing_left_to_do(tmp_path: Path) -> None:
    bare = make_bare(tmp_path / "bare")
    assert stages_of(bare.folder) == stages_of(ROOT)
    last = bare.folder / f"file{stages_of(ROOT)}"
    assert last.read_text() == "nothing\n"
    lock = (bare.folder / "dvc.lock").read_bytes()
    bare.run("-m", "dvc", "repro")
    assert (bare.folder / "dvc.lock").read_bytes() == lock
