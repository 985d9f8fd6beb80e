"""Hashes as DVC writes them in dvc.lock: md5 of a file, of a folder by the list of its files."""

import hashlib
import json
from pathlib import Path

IGNORED = {"__pycache__", "ledger.jsonl", "aside", ".refused"}  # as .dvcignore says


def md5_of(path: Path) -> str:
    """Of a file. No secret hangs on it."""
    with path.open("rb") as handle:
        return hashlib.file_digest(
            handle, lambda: hashlib.md5(usedforsecurity=False)
        ).hexdigest()


def entries(folder: Path) -> list[tuple[str, str]]:
    """Path and md5 of each file under a folder, in the order of the paths."""
    files = (
        path
        for path in folder.rglob("*")
        if path.is_file() and not IGNORED & set(path.relative_to(folder).parts)
    )
    found = [(path.relative_to(folder).as_posix(), md5_of(path)) for path in files]
    return sorted(found)


def md5_of_entries(found: list[tuple[str, str]]) -> str:
    """Of a folder with these files."""
    listed = [{"md5": md5, "relpath": name} for name, md5 in found]
    content = json.dumps(listed, sort_keys=True).encode()
    return hashlib.md5(content, usedforsecurity=False).hexdigest() + ".dir"


def md5_of_any(path: Path) -> str | None:
    """Of a file or folder; None if there is neither."""
    if path.is_dir():
        return md5_of_entries(entries(path))
    return md5_of(path) if path.is_file() else None
