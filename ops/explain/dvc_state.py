"""What `dvc status` finds changed, in words: what a repro would run again, and why.

reads   dvc.yaml, dvc.lock, params.yaml, data/ (by a child: DVC's import takes a second)
writes  nothing of the project; DVC refreshes its own table of the hashes of files
"""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops import lock
from ops.pipeline import graph
from ops.pipeline.graph import Graph
from recsys.program.errors import UserError, in_one_line

COMMAND = ("-m", "ops.pipeline.dvc_quietly", "status", "--json")
LIMIT_S = 300.0
SHOWN = 3  # reasons a stage
PLAIN = {
    "changed command": "its command in dvc.yaml changed",
    "changed checksum": "dvc.yaml says something else of it",
    "always changed": "it runs every time",
}
NEVER = "it has never run"
GONE = ("deleted", "not in cache")
CODE = ("recsys/", "stages/")


@dataclass(frozen=True)
class Changes:
    """What has changed since the last repro; `unknown` says why that is not known."""

    graph: Graph = field(default_factory=lambda: Graph(()))
    by_stage: dict[str, list[str]] = field(default_factory=dict)
    unknown: str = ""

    def rerun(self, targets: Sequence[str]) -> list[str]:
        """The stages that a repro of the targets would run: something changed for them."""
        return [name for name in self.graph.needed(targets) if name in self.by_stage]

    def follow(self, targets: Sequence[str]) -> list[str]:
        """Those that run too if what is written before them turns out different."""
        late = self.graph.after(self.rerun(targets))
        changed = self.by_stage
        wanted = self.graph.needed(targets)
        return [name for name in late if name in wanted and name not in changed]

    def sentence(self, targets: Sequence[str]) -> str:
        """For people: what a repro of the targets would do now."""
        if self.unknown:
            return f"not known now: {self.unknown}"
        rerun = self.rerun(targets)
        if not rerun:
            return "nothing new: no stage would run"
        whys = [f"{name} ({_few(self.by_stage[name])})" for name in rerun]
        late = self.follow(targets)
        then = f"; then {', '.join(late)}, if its result differs" if late else ""
        return f"would run {', '.join(whys)}{then}"


def _few(reasons: Sequence[str]) -> str:
    more = len(reasons) - SHOWN
    return ", ".join(
        [*reasons[:SHOWN], *([f"{more} more changes"] if more > 0 else [])]
    )


def look(root: Path, state: Path) -> Changes:
    """Ask DVC. It cannot be asked while a repro runs."""
    if lock.holder(state / "repro.lock") is not None:
        return Changes(unknown="a repro runs; ask again when it has ended")
    try:
        stages = graph.read(root)
        return Changes(stages, _by_stage(_asked(root), stages))
    except (UserError, OSError, ValueError, AttributeError) as error:
        return Changes(unknown=in_one_line(error))
    except subprocess.TimeoutExpired:
        return Changes(unknown=f"`dvc status` has not ended in {LIMIT_S:g} s")


def _asked(root: Path) -> dict[str, Any]:
    """What DVC answers. ValueError with what it says instead."""
    done = subprocess.run(
        [sys.executable, *COMMAND],
        cwd=root,
        env=os.environ | {"DVC_NO_ANALYTICS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ValueError(f"`dvc status` fails: {said[0] if said else done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _by_stage(found: dict[str, Any], stages: Graph) -> dict[str, list[str]]:
    made = {out for stage in stages.stages for out in stage.outs}
    told = {stage: in_words(said, made) for stage, said in found.items()}
    return {stage: reasons for stage, reasons in told.items() if reasons}


def in_words(said: Sequence[Any], made: Collection[str]) -> list[str]:
    """What DVC says of a stage, each change in some words; `made` is what stages write: that it is
    missing is told where it is written.
    """
    reasons: list[str] = []
    for entry in said:
        if isinstance(entry, str):
            reasons.append(PLAIN.get(entry, entry))
            continue
        reasons += _of_deps(entry.get("changed deps") or {}, made)
        reasons += _of_outs(entry.get("changed outs") or {})
    return [NEVER] if NEVER in reasons else list(dict.fromkeys(reasons))


def _of_deps(files: dict[str, Any], made: Collection[str]) -> list[str]:
    """Settings by their key, code by its wing, data by its file."""
    flat = _flat(files)
    if flat and all(state == "new" for state in flat.values()):
        return [NEVER]
    code = [name for name in flat if name.startswith(CODE)]
    others = [
        f"{name} {'is missing' if state in GONE else 'changed'}"
        for name, state in flat.items()
        if name not in code and not (name in made and state in GONE)
    ]
    return [*others, *([f"code changed in {', '.join(code)}"] if code else [])]


def _of_outs(files: dict[str, Any]) -> list[str]:
    states = set(_flat(files).values())
    told = []
    if states & set(GONE):
        told.append("its results are missing")
    if states - set(GONE):
        told.append("its results were changed by hand")
    return told


def _flat(files: dict[str, Any]) -> dict[str, str]:
    """Files, and keys of params.yaml, with what has become of them."""
    flat: dict[str, str] = {}
    for name, said in files.items():
        flat |= said if isinstance(said, dict) else {name: said}
    return flat
