"""Files that only save time: whoever deletes one waits longer, and gets the same results.

Arrays by name, with a key of all that they are a function of. A file that is missing, torn or of
another key is as good as none; it is written whole or not at all.
"""

import hashlib
import logging
from pathlib import Path

import numpy as np

from recsys.files.arrays import read_arrays, write_arrays
from recsys.program.errors import DataError

log = logging.getLogger(__name__)

KEY, CHECK = "_key", "_sha256"  # names of what is kept beside the arrays


def read_cache(path: Path, key: bytes) -> dict[str, np.ndarray] | None:
    """The arrays that were written with this key; None if there are none to rely on."""
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path, "a cache", "")
        check, written_for = arrays.pop(CHECK), arrays.pop(KEY)
    except (DataError, KeyError):
        log.warning("%s: torn; it is made anew", path)
        return None
    if written_for.tobytes() != key:
        return None
    if check.tobytes() != _sha256(key, arrays):
        log.warning("%s: torn; it is made anew", path)
        return None
    return arrays


def write_cache(path: Path, key: bytes, arrays: dict[str, np.ndarray]) -> None:
    """Replace the file by these arrays, whole or not at all."""
    kept = {
        **arrays,
        KEY: np.frombuffer(key, dtype=np.uint8),
        CHECK: np.frombuffer(_sha256(key, arrays), dtype=np.uint8),
    }
    write_arrays(path, **kept)


def _sha256(key: bytes, arrays: dict[str, np.ndarray]) -> bytes:
    """Hash of the key, and of the names and bytes of the arrays."""
    digest = hashlib.sha256(key)
    for name, array in sorted(arrays.items()):
        digest.update(f"\0{name}\0{array.dtype.str}{array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()
