"""Files that are whole or absent: temp file beside the target, fsync, rename; JSON and hashes."""

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn, cast

from recsys.program.errors import DataError

TEMP_SUFFIX = ".part"


def fsync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def half_written(path: Path) -> Path:
    """Where a file is written before it is whole."""
    return path.with_name(f".{path.name}{TEMP_SUFFIX}")


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temp path beside `path` to write to; it replaces `path` when the block ends well, and goes
    when not.

    The temp name is fixed (`.NAME.part`): one that a kill left behind is overwritten by the next
    try.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temp = half_written(path)
    try:
        yield temp
        with temp.open("rb+") as handle:
            os.fsync(handle.fileno())
        temp.replace(path)
        fsync_folder(path.parent)
    except BaseException as error:
        with suppress(FileNotFoundError):
            temp.unlink()
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a write does not say which file it was for
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with `\\n` line ends, whole or not at all."""
    with atomic(path) as temp:
        temp.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write JSON for people and for diffs: indented, keys in the order given, NaN refused."""
    write_text(
        path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    )


def read_json(path: Path) -> Any:
    """What a JSON file says. DataError names the file if it is missing or not JSON."""
    try:
        return parse_json(path.read_bytes())
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None
    except ValueError as error:
        raise DataError(
            f"{path}: not JSON ({error}); delete it and run `dvc repro`"
        ) from None


def parse_json(content: bytes) -> Any:
    """What strict JSON says: UTF-8, no NaN and no infinity. ValueError if it is none."""
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError(str(error)) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes, 64 hex digits; read in blocks, so any size."""
    with path.open("rb") as handle:
        return sha256_of_handle(handle)


def sha256_of_handle(handle: IO[bytes]) -> str:
    """Hash of what is left to read, 64 hex digits; read in blocks, so any size."""
    readable = cast(io.BufferedIOBase, handle)  # so do members of zips behave
    return hashlib.file_digest(readable, "sha256").hexdigest()


def sha256_of_json(value: Any) -> str:
    """Hash of a JSON value in canonical form (sorted keys, no spaces), 64 hex digits."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
