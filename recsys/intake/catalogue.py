"""The products of the shop: of the contract's two files, of files in the shop's own form, or the
ids of the interactions where there is none.
"""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsys.files.atomic import sha256_of
from recsys.files.tables import Columns
from recsys.intake.raw_files import open_raw
from recsys.program.errors import DataError
from recsys.shop_csv import contract, sample_shop, unknown_products
from recsys.shop_csv.accounts import Account, Limit, fault_of, refuse
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.products import empty_products, join_products, read_products
from recsys.shop_csv.reviews import open_account

REPEATED = "product_repeated"


class Catalogue(NamedTuple):
    """The products, one a row with their attributes, and the accounts of their files; none where
    the shop has no such file.
    """

    products: pl.DataFrame
    accounts: list[Account]

    def known(
        self, of_sample: pl.Series = unknown_products.NO_IDS
    ) -> unknown_products.Catalogue:
        """The ids of the products, beside those of the sample shop's."""
        sha256 = self.accounts[0].sha256 if self.accounts else ""
        files = [one.source.name for one in self.accounts]
        named = ", ".join(one for one in files if one != contract.ATTRIBUTES.file)
        return unknown_products.catalogue_of(self.products, sha256, of_sample, named)


def sample_ids(sample: Path | None, limits: contract.Limits) -> pl.Series:
    """The ids of the sample shop's products, none where it is not there as it was shipped."""
    table = contract.PRODUCTS
    path = sample / table.file if sample else None
    if path is None or not path.is_file():
        return unknown_products.NO_IDS
    sha256 = sha256_of(path)
    if not sample_shop.is_part(table.file, sha256):
        return unknown_products.NO_IDS
    account = open_account(Source.of(path), table, sha256)
    return read_products(account, table, limits)["product_id"]


def of_contract(raw: Path, limits: contract.Limits, refused: Limit) -> Catalogue:
    """The catalogue of the contract's files. DataError if there is no product."""
    tables = (contract.PRODUCTS, contract.ATTRIBUTES)
    accounts = [open_raw(raw, table) for table in tables]
    products, attributes = (
        read_products(account, table, limits)
        for account, table in zip(accounts, tables, strict=True)
    )
    return _checked(join_products(products, attributes, accounts[1]), accounts, refused)


def of_shop(
    accounts: list[Account], limits: contract.Limits, refused: Limit
) -> Catalogue:
    """The catalogue of files in the shop's own form, which may have several rows of a product: the
    first one counts, and what is empty there is taken from the next file that has it. DataError if
    there is no product in them.
    """
    products = empty_products(contract.PRODUCTS)
    for account in accounts:
        found = read_products(account, contract.PRODUCTS, limits)
        _count_as_duplicates(account)
        fresh = found.join(products, on="product_id", how="anti", maintain_order="left")
        account.accepted -= len(found) - len(fresh)
        account.duplicates += len(found) - len(fresh)
        products = pl.concat([_filled(products, found), fresh])
    joined = join_products(products, empty_products(contract.ATTRIBUTES), None)
    if not accounts:
        return Catalogue(joined, [])
    return _checked(joined, accounts, refused)


def _filled(products: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """The products, their empty texts as `more` has them."""
    texts = [name for name in products.columns if name not in ("product_id", "line")]
    both = products.join(
        more, on="product_id", how="left", suffix="_more", maintain_order="left"
    )
    of_more = (
        pl.when(pl.col(name).fill_null("") != "").then(name).otherwise(f"{name}_more")
        for name in texts
    )
    filled = (one.alias(name) for name, one in zip(texts, of_more, strict=True))
    return both.with_columns(filled).select(products.columns)


def _count_as_duplicates(account: Account) -> None:
    """Further rows of a product, e.g. of its sizes, are no fault of the shop's own file."""
    kept = [row for row in account.refused if row.reason != REPEATED]
    account.duplicates += len(account.refused) - len(kept)
    account.refused = kept


def _checked(
    products: pl.DataFrame, accounts: list[Account], refused: Limit
) -> Catalogue:
    if not len(products):
        place = accounts[0].source.place
        raise DataError(f"{place}: no usable row in it; put the shop's products there")
    for account in accounts:
        refuse(account, fault_of(account, refused))
    return Catalogue(products, accounts)


def completed(
    catalogue: Catalogue, interactions: Columns, names: pl.DataFrame
) -> Catalogue:
    """The catalogue of a shop without a file of products: the ids of the interactions, with the
    `names` (product_id, product_name) that are known, all other texts empty.
    """
    if catalogue.accounts:
        return catalogue
    product_ids = interactions["product_id"].unique().sort().to_frame()
    named = product_ids.join(names, on="product_id", how="left", maintain_order="left")
    products = pl.concat([catalogue.products, named], how="diagonal").fill_null("")
    return Catalogue(products, [])
