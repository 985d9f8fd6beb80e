"""A DVC project that does nothing: what a run of DVC with nothing to do costs by itself."""

import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from bench.house.imports import ROOT
from bench.speed.project import Project


def stages_of(root: Path) -> int:
    """How many stages a checkout's graph has."""
    text = (root / "dvc.yaml").read_text(encoding="utf-8")
    return len(YAML(typ="safe", pure=True).load(text)["stages"])


def make_bare(folder: Path) -> Project:
    """A project with as many stages as ours, a dep and an out each, one after the other, that has
    been run once.
    """
    folder.mkdir(parents=True)
    stages = {
        f"stage{number}": {
            "cmd": f"cp file{number} file{number + 1}",
            "deps": [f"file{number}"],
            "outs": [f"file{number + 1}"],
        }
        for number in range(stages_of(ROOT))
    }
    with (folder / "dvc.yaml").open("w", encoding="utf-8") as handle:
        YAML().dump({"stages": stages}, handle)
    (folder / "file0").write_text("nothing\n", encoding="utf-8")
    for command in (["git", "init"], [sys.executable, "-m", "dvc", "init"]):
        subprocess.run([*command, "--quiet"], cwd=folder, check=True)
    bare = Project(folder)
    bare.run("-m", "dvc", "repro")
    return bare
