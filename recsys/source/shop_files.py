"""Which files the shop's data is read from, beside its batches."""

from pathlib import Path

from recsys.shop_csv import contract, sample_shop
from recsys.source.params import Params


def paths(params: Params, raw: Path, sample: Path) -> list[Path]:
    """The files that the section `source` names, or the three of the contract, whether they are
    there or not; those of the sample shop while it runs.
    """
    if params.is_contract:
        folder = sample_shop.folder_of(raw, sample)
        return [folder / table.file for table in contract.RAW]
    return [raw / name for one in params.all_files for name in one.files]
