"""What a run was made of, as tags: hashes of dvc.lock by path, recipes, the git commit, and which
code differs from it.

`runner.py reproduce` rebuilds a model from that: the tags stand beside dvc.lock in the files of its
run.

reads   dvc.lock (if it is there), git
"""

import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from recsys.files.atomic import sha256_of, sha256_of_json
from recsys.program import yaml_text
from recsys.program.errors import DataError

LOCK_FILE = Path("dvc.lock")
FOLDER = "lineage"  # of a run's files
TAGS_FILE = "tags.json"  # in it, beside a copy of dvc.lock
COMMIT = "mlflow.source.git.commit"
CHANGED = "git_changed_code"
CODE = ("recsys", "stages", "dvc.yaml")
GIT_TIMEOUT_S = 30
RECIPE = "recipe"  # a tag
TRAIN, BEFORE = "train_", ("process", "embed")  # stages
BLEND = "blend"  # a stage, and the model of all that were trained


def machine() -> dict[str, str]:
    """What may change a model's bits beside code, params and data."""
    return {"python": platform.python_version(), "machine": platform.machine()}


def read_lineage(lock_file: Path) -> dict[str, str]:
    """Tags by name: dvc.<path> of the data, recipe.<model>, dvc_lock_sha256, and those of git.

    Without a lock file or without git there are none of it. DataError if dvc.lock is torn.
    """
    tags = _git_tags(lock_file.resolve().parent)
    if lock_file.exists():
        tags["dvc_lock_sha256"] = sha256_of(lock_file)
        tags |= _tags_of(lock_file)
    return tags


def _tags_of(lock_file: Path) -> dict[str, str]:
    """dvc.<path> -> hash, of the data that any stage reads or writes; recipe.<model>."""
    try:
        text = lock_file.read_text(encoding="utf-8") or "stages: {}"
        stages = yaml_text.load(text)["stages"]
        return {**dict(_hashes_under_data(stages)), **dict(_recipes(stages))}
    except (YAMLError, UnicodeDecodeError, TypeError, KeyError, AttributeError):
        raise DataError(
            f"{lock_file}: not what DVC writes; restore it with `git checkout {lock_file.name}`"
        ) from None


def _hashes_under_data(
    stages: dict[str, dict[str, list[dict[str, str]]]],
) -> Iterator[tuple[str, str]]:
    """Outs last: they are what stands. A stage that was not brought up to date has the hashes of
    its deps as they were.
    """
    for kind in ("deps", "outs"):
        for stage in stages.values():
            for entry in stage.get(kind, ()):
                if entry["path"].startswith("data/") and "md5" in entry:
                    yield f"dvc.{entry['path']}", entry["md5"]


def _recipes(stages: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """recipe.<model> -> hash of the params and the code of all stages that its factors come from.

    Two versions of one recipe differ by their data only, or by the model that they began at.
    """
    trained = [name for name in stages if name.startswith(TRAIN)]
    for name in trained:
        yield f"{RECIPE}.{name.removeprefix(TRAIN)}", _recipe(stages, [name])
    if BLEND in stages:
        yield f"{RECIPE}.{BLEND}", _recipe(stages, [*trained, BLEND])


def _recipe(stages: dict[str, Any], names: list[str]) -> str:
    made_by = {stage: _made_by(stages.get(stage, {})) for stage in (*BEFORE, *names)}
    return sha256_of_json(made_by)[:16]


def _made_by(stage: dict[str, Any]) -> dict[str, Any]:
    code = {
        entry["path"]: entry["md5"]
        for entry in stage.get("deps", ())
        if entry["path"].startswith(("recsys/", "stages/"))
    }
    return {"params": _without_start(stage.get("params", {})), "code": code}


def _without_start(value: Any) -> Any:
    """Params without the model of a warm start, wherever it stands: it is no setting of the fit."""
    if not isinstance(value, dict):
        return value
    left = {key: inner for key, inner in value.items() if key != "warm_start"}
    return {key: _without_start(inner) for key, inner in left.items()}


def _git_tags(folder: Path) -> dict[str, str]:
    """Commit of the code, whether any files differ from it, and which code does; empty where there
    is no git.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None or not _is_ours(folder):
        return {}
    is_dirty = bool(_git(folder, "status", "--porcelain"))
    changed = _git(folder, "status", "--porcelain", "--", *CODE) or ""
    names = [line.split(maxsplit=1)[-1] for line in changed.splitlines()]
    tags = {COMMIT: commit, "git_dirty": str(is_dirty).lower()}
    return tags | ({CHANGED: ", ".join(names)} if names else {})


def _is_ours(folder: Path) -> bool:
    """Whether the repository has this folder's code: a zip may lie inside of another one."""
    known = _git(folder, "ls-files", "--", ".")
    return bool(known)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None if it fails, or if there is no git."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
