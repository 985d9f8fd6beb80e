"""Files in DVC's cache that no state of the project needs which somebody can still come back to.

reads   dvc.lock, state/dvc.lock.before, git (every branch, tag, stash and experiment), the dvc.lock
        of each kept model (mlruns/artifacts/<run>/artifacts/lineage/)
writes  nothing

What a kept model was made of stays, data between the stages too: `runner.py reproduce` takes it
from here, and does not have to begin at the raw files. `dvc gc` does not know of these models.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from recsys.program.errors import DataError
from recsys.registry.lineage import FOLDER, LOCK_FILE

MD5 = re.compile(r"\bmd5: '?([0-9a-f]{32}(?:\.dir)?)\b")
REFS = ("refs/heads", "refs/tags", "refs/remotes", "refs/exps", "refs/stash")
GIT_S = 60


def place(root: Path) -> Path | None:
    """DVC's cache; None if it is outside of the project: other projects may share it."""
    folder = root / ".dvc"
    config = ConfigParser(interpolation=None)
    config.read([folder / "config", folder / "config.local"], encoding="utf-8")
    named = config.get("cache", "dir", fallback="cache").strip("\"'")
    found = (folder / named).resolve()
    return found if found.is_relative_to(root.resolve()) else None


def unneeded(root: Path, state: Path, mlruns: Path, gone: set[Path]) -> list[Path]:
    """Files of the cache that nothing needs; `gone` are run folders that are about to go.

    DataError, and nothing may go, if dvc.lock cannot be read, or if git does not answer.
    """
    cache = place(root)
    if cache is None or not (cache / "files/md5").is_dir():
        return []
    needed = with_listed(cache, set(hashes(root, state, mlruns, gone)))
    files = [
        path
        for path in sorted((cache / "files/md5").glob("??/*"))
        if path.is_file() and f"{path.parent.name}{path.name}" not in needed
    ]
    return [*files, *_runs_of_others(cache, needed)]


def hashes(root: Path, state: Path, mlruns: Path, gone: set[Path]) -> Iterator[str]:
    """All hashes that some dvc.lock names which counts."""
    own = root / LOCK_FILE
    if own.exists():
        yield from MD5.findall(_whole(own))
    lineage, gone = f"artifacts/*/artifacts/{FOLDER}/{LOCK_FILE}", _resolved(gone)
    for path in (state / "dvc.lock.before", *sorted(mlruns.glob(lineage))):
        if path.is_file() and not gone & set(path.resolve().parents):
            yield from MD5.findall(path.read_text(encoding="utf-8", errors="replace"))
    for ref in _refs(root):
        done = _git(root, "show", f"{ref}:./{LOCK_FILE}")
        if done is None:
            raise DataError(f"git does not say what {ref} needs: it takes too long")
        # without a dvc.lock, or a first commit, it needs nothing
        yield from MD5.findall(done.stdout.decode("utf-8", errors="replace"))


def _resolved(paths: set[Path]) -> set[Path]:
    return {path.resolve() for path in paths}


def _whole(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        if "stages" in YAML(typ="safe", pure=True).load(text):
            return text
    except (YAMLError, ValueError, TypeError, OSError):
        pass
    raise DataError(
        f"{path}: cannot be read, so nothing goes from DVC's cache; `python runner.py repro` mends "
        "it"
    )


def with_listed(cache: Path, needed: set[str]) -> set[str]:
    """These hashes, and those of the files in the folders among them."""
    found = set(needed)
    for name in needed:
        path = cache / "files/md5" / name[:2] / name[2:]
        if name.endswith(".dir") and path.is_file():
            try:
                found |= {entry["md5"] for entry in json.loads(path.read_bytes())}
            except (ValueError, KeyError, TypeError):
                continue  # torn: DVC makes it anew
    return found


def _runs_of_others(cache: Path, needed: set[str]) -> list[Path]:
    """Entries of DVC's run cache with an out that nothing needs."""
    return [
        path
        for path in sorted((cache / "runs").glob("??/*/*"))
        if path.is_file() and not set(MD5.findall(_outs(path))) <= needed
    ]


def _outs(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").partition("outs:")[2]


def _refs(root: Path) -> list[str]:
    """The commits that somebody can come back to; none where there is no repository. DataError if
    git does not say them.
    """
    if not any(
        (one / ".git").exists() for one in (root.resolve(), *root.resolve().parents)
    ):
        return []
    done = _git(root, "for-each-ref", "--format=%(refname)", *REFS)
    if done is None or done.returncode:
        said = done.stderr.decode("utf-8", errors="replace").strip() if done else ""
        why = said.splitlines()[0] if said else "it is not there, or takes too long"
        raise DataError(f"git does not say which commits need it: {why}")
    return ["HEAD", *done.stdout.decode("utf-8", errors="replace").split()]


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """What git says; None if there is no git, or if it takes too long."""
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            timeout=GIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
