"""Arrays between stages: npz files, checked when they are read."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from recsys.artifacts import atomic
from recsys.errors import DataError

# what numpy and zipfile raise at files that are cut off or changed
TORN = (ValueError, LookupError, OSError, EOFError, TypeError, AttributeError, RuntimeError, ArithmeticError)
TORN_ARCHIVE = (struct.error, zipfile.BadZipFile, zlib.error)


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write an npz file, whole or not at all. The same bytes on every Python: numpy's own writer leaves the layout of
    the archive to the zipfile module, and that has changed between patch releases.
    """
    with atomic(path) as temp, zipfile.ZipFile(temp, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getbuffer())


def read_arrays(path: Path, what: str, stage: str) -> dict[str, np.ndarray]:
    """The arrays of an npz file, no pickles. DataError if it is missing or torn, with the `stage` that makes it."""
    try:
        with path.open("rb") as handle, np.load(handle) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro {stage}`") from None
    except (*TORN, *TORN_ARCHIVE) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: not {what} ({reason}); delete it and run `dvc repro {stage}`") from None
