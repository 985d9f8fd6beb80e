"""params.yaml, DVC's files, and what blocks the next refresh.

reads   params.yaml (by a child: it loads every stage), dvc.yaml, dvc.lock, .dvc/, data/staging/,
        data/batches/, metrics/merge.json
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ops.doctor.finding import Finding, bad, ok, warning
from ops.explain import drops, dvc_state
from ops.pipeline import graph
from ops.terminal import counted
from recsys.intake import absent, last_run
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError, DataError

CONFIG, DATA = ConfigError.exit_code, DataError.exit_code
CHECK = ("-m", "ops.pipeline.check")
CHECK_S = 120.0
Locked = Callable[[str], set[str]]


def params(root: Path) -> Finding:
    """Whether every section of params.yaml is right."""
    done = subprocess.run(
        [sys.executable, *CHECK],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=CHECK_S,
        check=False,
    )
    if not done.returncode:
        return ok("params.yaml", "every section is right")
    said = done.stderr.strip().splitlines() or ["no message"]
    seen = said[-1].removeprefix("error: ")
    return bad(
        "params.yaml", seen, "correct it, then run `python runner.py check`", CONFIG
    )


# ---- DVC ----
def dvc(root: Path, state: Path) -> list[Finding]:
    """Whether DVC's files are whole, and what a repro would do."""
    if not (root / ".dvc" / "config").is_file():
        step = "restore the folder with `git checkout .dvc`"
        return [bad("dvc", f"{root / '.dvc/config'} is missing", step, CONFIG)]
    missing = unlocked(root, graph.read(root).names)
    if missing is None:
        step = "`python runner.py repro` puts the copy from before the last run back"
        return [bad("dvc.lock", "cut short: not YAML", step, CONFIG)]
    changes = dvc_state.look(root, state)
    found = [_lock_file(missing), ok("dvc", changes.sentence(()))]
    if changes.unknown:
        step = "run `dvc status` to see all that it says"
        found[1] = warning("dvc", changes.unknown, step)
    return found


def _lock_file(missing: list[str]) -> Finding:
    if not missing:
        return ok("dvc.lock", "every stage stands in it")
    names = ", ".join(missing)
    step = "`python runner.py repro` runs them, or takes their results from DVC's cache"
    return warning("dvc.lock", f"not in it: {names}", step)


def unlocked(root: Path, stages: list[str]) -> list[str] | None:
    """The stages that dvc.lock does not tell of; None if it is no YAML."""
    from ruamel.yaml import YAML  # here: only a doctor needs it
    from ruamel.yaml.error import YAMLError

    file = root / "dvc.lock"
    if not file.exists():
        return stages
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
        known = YAML(typ="safe", pure=True).load(text)["stages"]
        return [name for name in stages if name not in known]
    except (YAMLError, ValueError, TypeError, KeyError):
        return None


# ---- staging ----
def staging(root: Path) -> Finding:
    """What lies in data/staging that cannot be taken in."""
    found = drops.look(root / "data" / "staging")
    if found.blocking:
        names = ", ".join(found.blocking[: drops.SHOWN])
        seen = f"data/staging holds what DVC cannot look through: {names}"
        return bad("staging", seen, "take it out: every repro stops at it", DATA)
    if found.refused:
        newest = max(found.refused, key=lambda drop: drop.at)
        seen = f"{counted(len(found.refused), 'drop')} refused; {newest.name}: {newest.reason}"
        step = (
            "mend the file and drop it again, then delete it in data/staging/.refused"
        )
        return warning("staging", seen, step)
    return ok("staging", f"{counted(len(found.waiting), 'drop')} waiting, none refused")


# ---- batches ----
def batches(root: Path) -> Finding:
    """Whether all batches that were sealed are there, and nothing else is."""
    folder = root / "data" / "batches"
    found = absent.look(folder, last_run.of_project(root))
    if found.missing:
        seen, _, step = absent.fault(folder, found.missing).partition("; ")
        return bad("batches", seen, step, DATA)
    words = absent.strangers(folder)
    if found.gone:
        words.insert(0, absent.gone_words(folder, found.gone))
    if words:
        more = f" (and {len(words) - 1} more like it)" if len(words) > 1 else ""
        seen, _, step = words[0].partition("; ")
        return warning("batches", f"{seen}{more}", step)
    return ok("batches", f"{len(sealed(folder))}, none missing")
