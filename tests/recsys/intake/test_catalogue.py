"""The products of a shop with files of its own, or without any."""

from pathlib import Path

import polars as pl

from bench.house.imports import ROOT
from recsys.intake import catalogue
from recsys.intake.shop_source import opened
from recsys.program.errors import DataError
from recsys.shop_csv.accounts import Limit
from recsys.shop_csv.contract import Limits
from recsys.source.params import Params
from tests.recsys.source.mapping import interactions, products
from tests.worlds import complains, make_shop

LIMITS = Limits(file_bytes=10**9, rows=10**6, columns=256, field_bytes=10**5)
REFUSED = Limit(0.5, 20)


def of_files(folder: Path, **files: str) -> catalogue.Catalogue:
    """The catalogue of some files of products."""
    for name, content in files.items():
        (folder / name).write_text(content)
    (folder / "a.csv").write_text("user,item,stars,when,note\n")
    mapping = products(files=sorted(files))
    params = Params(interactions=[interactions()], products=[mapping], sql=[])
    with opened(folder, params, None) as shop:
        return catalogue.of_shop(shop.products, LIMITS, REFUSED)


def test_the_first_row_of_a_product_counts_in_all_files(tmp_path: Path) -> None:
    found = of_files(
        tmp_path,
        p1="id,title,words\na,Tea,green\na,,size L\nb,Cup,\n",
        p2="id,title,words\nb,Mug,\nc,Pot,\n,none,\n",
    )
    shown = found.products.select("product_id", "product_name").rows()
    assert shown == [("a", "Tea"), ("b", "Cup"), ("c", "Pot")]
    counts = [account.counts() for account in found.accounts]
    assert [(one["read"], one["accepted"], one["duplicates"]) for one in counts] == [
        (3, 2, 1),
        (3, 1, 1),
    ]
    assert counts[1]["quarantined"] == 1


def test_what_the_first_file_lacks_is_taken_from_the_others(tmp_path: Path) -> None:
    """A table of links stands before that of the names."""
    found = of_files(
        tmp_path,
        p1="id,title,words\na,,\nb,Cup,\nd,,\n",
        p2="id,title,words\nb,Mug,blue\na,Tea,\nc,Pot,\n",
        p3="id,title,words\na,Coffee,black\nd,,\n",
    )
    shown = found.products.select(
        "product_id", "product_name", "processed_description"
    ).rows()
    assert shown == [
        ("a", "Tea", "black"),
        ("b", "Cup", "blue"),
        ("c", "Pot", ""),
        ("d", "", ""),
    ]


def test_a_file_without_a_product_stops(tmp_path: Path) -> None:
    with complains(DataError, "p1: no usable row"):
        of_files(tmp_path, p1="id,title,words\n")


def test_without_a_file_the_products_are_those_of_the_interactions() -> None:
    empty = catalogue.of_shop([], LIMITS, REFUSED)
    rows = pl.DataFrame({"product_id": ["b", "a", "b"]})
    names = pl.DataFrame({"product_id": ["b"], "product_name": ["Cup"]})
    found = catalogue.completed(empty, rows, names)
    assert found.products.select("product_id", "product_name", "brand").rows() == [
        ("a", "", ""),
        ("b", "Cup", ""),
    ]
    assert not found.known().is_sample


def test_the_files_of_products_are_named_as_the_shop_calls_them(tmp_path: Path) -> None:
    found = of_files(
        tmp_path, p1="id,title,words\na,A,x\n", p2="id,title,words\nb,B,x\n"
    )
    assert found.known().file == "p1, p2"
    raw = make_shop(tmp_path / "shop").raw
    of_contract = catalogue.of_contract(raw, LIMITS, REFUSED)
    assert of_contract.known().file == "data_product.csv"


def test_the_ids_of_the_sample_are_known_as_it_was_shipped(tmp_path: Path) -> None:
    shipped = ROOT / "data/sample"
    assert len(catalogue.sample_ids(shipped, LIMITS)) == 300
    changed = (shipped / "data_product.csv").read_bytes() + b"p1,Tea,,,,,,\n"
    (tmp_path / "data_product.csv").write_bytes(changed)
    for folder in (None, tmp_path, tmp_path / "none"):
        assert not len(catalogue.sample_ids(folder, LIMITS))


def test_the_catalogue_of_the_contract_has_the_same_columns(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    found = catalogue.of_contract(shop.raw, LIMITS, REFUSED)
    assert (
        found.products.columns
        == catalogue.of_shop([], LIMITS, REFUSED).products.columns
    )
    assert len(found.accounts) == 2
