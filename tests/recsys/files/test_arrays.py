"""Archives of arrays are read whole or refused, before memory is asked for what they only claim."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from recsys.files import arrays as files_arrays
from recsys.files.arrays import read_arrays
from recsys.models import model_folder
from recsys.program.errors import DataError
from tests.recsys.models.worlds import save, with_manifest
from tests.worlds import complains


@pytest.mark.parametrize("ids", [[], ["a"], ["007", "7", "NA", "Đỗ", "a b", "😀"]])
def test_ids_are_packed_without_pickle(ids: list[str]) -> None:
    packed = files_arrays.pack_ids(ids)
    assert packed.dtype == np.uint8
    assert files_arrays.unpack_ids(packed) == ids


def header(shape: tuple, kind: str = "<f4") -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        content, {"descr": kind, "fortran_order": False, "shape": shape}
    )
    return content.getvalue()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    "member",
    [
        header((10**12, 64)) + b"1234",
        header((10**30, 0)),
        header((2**62, 4)) + b"1234",
        header((-1, 2)) + b"12345678",
        header((3, 2)) + b"1234",
        header((1,)) + b"12345678",
        header((10**12,), "|O"),
        header((1,), "<U1000000000"),
        b"no array",
        b"",
    ],
)
def test_an_array_that_claims_another_size_is_refused_before_memory_is_asked_for(
    tmp_path: Path, member: bytes, compression: int
) -> None:
    save(tmp_path)
    with zipfile.ZipFile(tmp_path / "factors.npz", "a", compression) as archive:
        archive.writestr("more.npy", member)
    with_manifest(tmp_path)
    tracemalloc.start()
    with complains(DataError, tmp_path / "factors.npz", "dvc repro"):
        model_folder.load(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_member_that_claims_more_than_the_file_can_hold_is_refused(
    tmp_path: Path,
) -> None:
    save(tmp_path)
    path = tmp_path / "factors.npz"
    content, claimed = path.read_bytes(), (2**31).to_bytes(4, "little")
    entry = content.index(b"PK\x01\x02")
    for at in ((20,), (24,), (20, 24)):  # compressed size, size
        spoilt = bytearray(content)
        for place in at:
            spoilt[entry + place : entry + place + 4] = claimed
        path.write_bytes(bytes(spoilt))
        with_manifest(tmp_path)
        with complains(DataError, path, "claims"):
            model_folder.load(tmp_path)


def test_a_compressed_archive_is_read_and_one_of_another_compression_refused(
    tmp_path: Path,
) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(100_000))
    assert read_arrays(tmp_path / "a.npz", "x", "y")["x"].shape == (100_000,)
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", header((1,)) + b"1234")
    with complains(DataError, tmp_path / "b.npz"):
        read_arrays(tmp_path / "b.npz", "x", "y")
