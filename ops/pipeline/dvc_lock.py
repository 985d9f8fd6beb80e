"""Whether dvc.lock is whole, and the copy that comes back if it is not.

reads   dvc.yaml, dvc.lock, state/dvc.lock.before, git (HEAD)
writes  dvc.lock, state/dvc.lock.before, state/dvc.lock.broken

A file that was cut short may still be YAML. So it is whole if each stage in it is (a command, each
file with its hash), and if it has all that the copy has of the stages that are in dvc.yaml: a copy
is never replaced by less. dvc.lock that the user removed stays away: all stages then run anew.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from recsys.files import atomic
from recsys.program import yaml_text
from recsys.program.errors import DataError

LOCK_FILE, YAML_FILE = "dvc.lock", "dvc.yaml"
MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
KINDS = ("deps", "outs")
GIT_S = 30
Stages = dict[str, dict[str, Any]]


def stages_of(text: str) -> Stages | None:
    """The stages of a dvc.lock by name; None if it is not what DVC writes, to its last line."""
    tree = _parsed(text)
    if "schema" not in tree or not text.endswith("\n"):
        return None
    stages = tree.get("stages", {})
    if not isinstance(stages, dict) or not all(map(_is_whole, stages.values())):
        return None
    return stages


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = yaml_text.load(text)
    except (YAMLError, ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_whole(stage: Any) -> bool:
    """Whether a stage has a command, and each of its files a hash."""
    if not isinstance(stage, dict) or not stage.get("cmd"):
        return False
    entries = [stage.get(kind, []) for kind in KINDS]
    if not all(isinstance(each, list) for each in entries):
        return False
    return all(_is_hashed(entry) for each in entries for entry in each)


def _is_hashed(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        return False
    if "md5" in entry:
        whole = MD5.fullmatch(str(entry["md5"])) is not None
        return whole and isinstance(entry.get("size"), int)
    return len(entry) > 1  # another hash


def lacking(stages: Stages, before: Stages, named: Stages) -> list[str]:
    """Stages of `before` that are still in dvc.yaml (`named`), and stand in `stages` with less: a
    file or a param that dvc.yaml names, or all of it, is missing.
    """
    less = []
    for name, stage in before.items():
        yaml = named.get(name.partition("@")[0])
        if yaml is not None and (
            (_parts(stage) & _named(yaml)) - _parts(stages.get(name, {}))
        ):
            less.append(name)
    return less


def _parts(stage: dict[str, Any]) -> set[str]:
    """What stands in a stage of dvc.lock: its command, paths, and keys of params."""
    paths = {entry["path"] for kind in KINDS for entry in stage.get(kind, [])}
    params = stage.get("params") or {}
    keys = {str(key) for file in params.values() for key in file or {}}
    return paths | keys | ({"cmd"} if stage else set())


def _named(stage: dict[str, Any]) -> set[str]:
    """What a stage of dvc.yaml names."""
    kinds = (*KINDS, "metrics", "plots", "params")
    entries = [entry for kind in kinds for entry in stage.get(kind) or []]
    return {"cmd"} | {
        entry if isinstance(entry, str) else str(next(iter(entry))) for entry in entries
    }


def _named_in(root: Path, before: Stages) -> Stages:
    """The stages of dvc.yaml; those of the copy where it cannot be read."""
    try:
        text = (root / YAML_FILE).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return before
    stages = _parsed(text).get("stages")
    known = isinstance(stages, dict) and all(
        isinstance(stage, dict) for stage in stages.values()
    )
    return stages if known and stages else before


def mend(root: Path, copy: Path) -> Iterable[str]:
    """Put back what dvc.lock was before the run that cut it short; what was done.

    DataError if it is a folder with something in it.
    """
    file = root / LOCK_FILE
    yield from _without_folder(file)
    if not file.exists():
        return
    text, kept = _text(file), _text(copy) if copy.is_file() else None
    if text == kept:  # it was found whole when it was copied
        return
    before = stages_of(kept) if kept is not None else None
    stages = stages_of(text)
    if stages is not None:
        less = before and lacking(stages, before, _named_in(root, before))
        if not less:
            return
    if text:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy.with_name(f"{LOCK_FILE}.broken"))
    yield _put_back(root, file, copy if before is not None else None)


def _put_back(root: Path, file: Path, copy: Path | None) -> str:
    if copy is not None:
        atomic.write_text(file, _text(copy))
        return f"{LOCK_FILE} was cut short; the copy from before that run is back"
    committed = _committed(root)
    if committed:
        atomic.write_text(file, committed)
        return f"{LOCK_FILE} was cut short; the one that was committed last is back"
    file.unlink()
    return f"{LOCK_FILE} was cut short and there is no copy; removed, DVC makes it anew"


def _without_folder(file: Path) -> Iterator[str]:
    """Remove an empty folder in the place of the file."""
    if not file.is_dir() or file.is_symlink():
        return
    try:
        file.rmdir()
    except OSError:
        raise DataError(
            f"{file}: a folder with something in it, not a file; move it away and run again"
        ) from None
    yield f"{file} was an empty folder; removed"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _committed(root: Path) -> str | None:
    """dvc.lock of the last commit, if it is whole; None without git."""
    command = ["git", "-C", str(root), "show", f"HEAD:./{LOCK_FILE}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=GIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode("utf-8", errors="replace")
    return text if done.returncode == 0 and stages_of(text) else None


def keep(root: Path, copy: Path) -> None:
    """Copy dvc.lock as it is before a run, after `mend`; no copy if there is none."""
    file = root / LOCK_FILE
    if file.exists():
        text = _text(file)
        if not copy.is_file() or _text(copy) != text:
            atomic.write_text(copy, text)
    else:
        copy.unlink(missing_ok=True)
