"""The hashes are those of the files that are shipped."""

import pytest

from bench.house.imports import ROOT
from recsys.files.atomic import sha256_of
from recsys.shop_csv.sample_shop import SHA256, is_part

FOLDERS = ("data/sample", "data/raw")


@pytest.mark.parametrize("file", SHA256)
def test_the_hashes_are_those_of_the_files(file: str) -> None:
    path = next(
        ROOT / folder / file for folder in FOLDERS if (ROOT / folder / file).exists()
    )
    assert is_part(file, sha256_of(path))


def test_other_files_are_no_part_of_it() -> None:
    assert not is_part("data_product.csv", "0" * 64)
    assert not is_part("other.csv", next(iter(SHA256.values())))
