"""The sample runs while the shop has no CSV file; its hashes are those of what is shipped."""

from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.files.atomic import sha256_of
from recsys.shop_csv.sample_shop import SHA256, folder_of, is_part


@pytest.mark.parametrize("file", SHA256)
def test_the_hashes_are_those_of_the_files(file: str) -> None:
    assert is_part(file, sha256_of(ROOT / "data/sample" / file))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """data/raw as a clone has it, and a sample shop."""
    raw, sample = tmp_path / "raw", tmp_path / "sample"
    for folder, name in ((raw, ".gitkeep"), (sample, "data_product.csv")):
        folder.mkdir()
        (folder / name).touch()
    return raw, sample


@pytest.mark.parametrize("name", [".gitkeep", ".orders.csv", "notes.txt", "a.parquet"])
def test_the_sample_runs_while_there_is_no_csv_file(
    folders: tuple[Path, Path], name: str
) -> None:
    raw, sample = folders
    (raw / name).touch()
    assert folder_of(raw, sample) == sample


@pytest.mark.parametrize("name", ["orders.csv", "DATA_PRODUCT.CSV", "orders.csv.gz"])
def test_one_csv_file_of_the_shop_ends_that(
    folders: tuple[Path, Path], name: str
) -> None:
    raw, sample = folders
    (raw / name).touch()
    assert folder_of(raw, sample) == raw


def test_without_a_folder_or_without_a_sample(folders: tuple[Path, Path]) -> None:
    raw, sample = folders
    assert folder_of(raw / "none", sample) == sample
    assert folder_of(raw, sample / "none") == raw
    assert folder_of(raw, None) == raw


def test_other_files_are_no_part_of_it() -> None:
    assert not is_part("data_product.csv", "0" * 64)
    assert not is_part("other.csv", next(iter(SHA256.values())))
