"""The files that a shop is read from: the mapping's, the contract's, or those of the sample."""

from pathlib import Path

from recsys.shop_csv.contract import RAW
from recsys.source.params import Params
from recsys.source.shop_files import paths
from tests.recsys.source.mapping import interactions, products

CONTRACT = Params(interactions=[], products=[], sql=[])


def test_the_three_of_the_contract_or_of_the_sample(tmp_path: Path) -> None:
    raw, sample = tmp_path / "raw", tmp_path / "sample"
    for folder in (raw, sample):
        folder.mkdir()
    three = [table.file for table in RAW]
    assert paths(CONTRACT, raw, sample) == [raw / name for name in three]
    (sample / three[0]).touch()
    assert paths(CONTRACT, raw, sample) == [sample / name for name in three]
    (raw / three[1]).touch()
    assert paths(CONTRACT, raw, sample) == [raw / name for name in three]


def test_those_that_the_section_names(tmp_path: Path) -> None:
    mapped = Params(
        interactions=[interactions(files=["a.csv", "b.csv"])],
        products=[products()],
        sql=[],
    )
    found = paths(mapped, tmp_path, tmp_path / "sample")
    assert [path.name for path in found] == ["a.csv", "b.csv", "p.csv"]
