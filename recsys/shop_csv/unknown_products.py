"""Products of interactions that the catalogue does not have: how many, and whether it has them in
another form.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from recsys.files.tables import Columns
from recsys.shop_csv import sample_shop
from recsys.shop_csv.contract import PRODUCTS
from recsys.shop_csv.id_forms import Forms, in_another_form
from recsys.shop_csv.oddities import Odd, Oddity, OddParams

EXAMPLES = 3
OF_SAMPLE = 0.5  # so much of a file may be of the other shop, where one is the sample's
NO_IDS = pl.Series([], dtype=pl.String)


class Unknown(NamedTuple):
    """Of the `rows` of a file, how many are of unknown products (`ids`, distinct), how many of ones
    that are known in another form, and of the unknown ones how many are the sample shop's.
    """

    rows: int
    unknown: int
    ids: pl.Series
    in_another_form: int
    forms: Forms
    of_sample: int = 0

    @property
    def share(self) -> Oddity:
        return Oddity(self.unknown / max(self.rows, 1), f"e.g. {_shown(self.ids)}")

    @property
    def share_in_another_form(self) -> Oddity:
        return Oddity(self.in_another_form / max(self.rows, 1), str(self.forms))


class Catalogue(NamedTuple):
    """The ids of all products, whether they are those of the sample shop, and the ids of that; the
    `file` of them, or files.
    """

    ids: pl.Series
    is_sample: bool
    of_sample: pl.Series = NO_IDS
    file: str = PRODUCTS.file


def catalogue_of(
    products: pl.DataFrame,
    sha256: str,
    of_sample: pl.Series = NO_IDS,
    file: str = PRODUCTS.file,
) -> Catalogue:
    """The catalogue of a products file with this hash."""
    is_sample = sample_shop.is_part(PRODUCTS.file, sha256)
    return Catalogue(products["product_id"], is_sample, of_sample, file)


def unknown_among(product_ids: pl.Series, catalogue: Catalogue) -> Unknown:
    """What is unknown among the products (rows,) of a file's interactions."""
    distinct = product_ids.unique()
    unknown = distinct.filter(~distinct.is_in(catalogue.ids.implode())).sort()
    if not len(unknown):
        empty = Forms(unknown, unknown)
        return Unknown(len(product_ids), 0, unknown, 0, empty)
    forms = in_another_form(unknown, catalogue.ids)
    of_sample = unknown.filter(unknown.is_in(catalogue.of_sample.implode()))
    all_rows, other_form, sample_rows = (
        int(product_ids.is_in(some.implode()).sum())
        for some in (unknown, forms.ids, of_sample)
    )
    return Unknown(len(product_ids), all_rows, unknown, other_form, forms, sample_rows)


def of_files(found: Sequence[Unknown]) -> Odd:
    """What is odd with the products of some files together."""
    rows = max(sum(one.rows for one in found), 1)
    worst = max(found, key=lambda one: one.unknown)
    worst_form = max(found, key=lambda one: one.in_another_form)
    return {
        "unknown_products": Oddity(
            sum(one.unknown for one in found) / rows, worst.share.words
        ),
        "products_in_another_form": Oddity(
            sum(one.in_another_form for one in found) / rows,
            worst_form.share_in_another_form.words,
        ),
    }


def fault_of(
    found: Unknown, catalogue: Catalogue, params: OddParams, fewest: int
) -> str:
    """Why interactions of such products cannot be used, and what to do; "" if they can be. A file
    of fewer rows than `fewest` is used in any case, but not where it or the products are the
    sample shop's.
    """
    share, form = found.share.share, found.share_in_another_form.share
    if catalogue.is_sample and share > OF_SAMPLE:
        return (
            f"{found.unknown} of {found.rows} rows are of products that {catalogue.file} does not "
            f"have (e.g. {_shown(found.ids)}): it is the one of the sample shop; put the files "
            f"with your own products and reviews into data/raw, or run "
            f"`python runner.py init FILE ...`"
        )
    if found.of_sample > OF_SAMPLE * found.rows:
        return (
            f"{found.of_sample} of {found.rows} rows are of products of the sample shop, which "
            f"this shop does not have (e.g. {_shown(found.ids)}): the sample is not mixed with "
            f"a shop's own data"
        )
    if found.rows < fewest:
        return ""
    if form > params.products_in_another_form.stop:
        return (
            f"{found.in_another_form} of {found.rows} rows are of products that {catalogue.file} "
            f"has in another form: {found.forms}; write both alike (as text, without an "
            f"apostrophe or .0, in the same case), or raise merge.odd.products_in_another_form.stop"
        )
    if share > params.unknown_products.stop:
        return (
            f"{found.unknown} of {found.rows} rows are of products that {catalogue.file} does not "
            f"have: e.g. {_shown(found.ids)}, where it has {_shown(catalogue.ids)}; put the "
            f"products of this shop there, or raise merge.odd.unknown_products.stop"
        )
    return ""


# ---- a file that is used, and looks wrong ----
class Used(NamedTuple):
    """A file of interactions that is used: its name, its rows, what is unknown in it; a batch can
    be set aside.
    """

    name: str
    rows: Columns
    unknown: Unknown
    is_batch: bool

    @property
    def todo(self) -> str:
        aside = f"python runner.py quarantine set-aside {self.name}"
        return f"take it out: {aside}" if self.is_batch else "look at the file"


def doubts(
    files: Sequence[Used], catalogue: Catalogue, warn: float, fewest: int
) -> list[str]:
    """Files of `fewest` rows or more in whose rows user and product seem exchanged, and batches of
    whose rows more than the share `warn` are of unknown products; each with what to do.
    """
    words = []
    for one in files if len(catalogue.ids) else ():
        unknown = one.unknown
        if unknown.rows < fewest or not unknown.unknown:
            continue
        exchanged = _exchanged(one, files, catalogue)
        if 2 * len(exchanged) > unknown.unknown:
            user, product = exchanged.row(0)
            words.append(
                f"{one.name}: user and product are exchanged in {len(exchanged)} of {unknown.rows} "
                f"rows, e.g. user {user!a}, product {product!a}; {one.todo}, put the columns in "
                f"order, and drop it again"
            )
        elif one.is_batch and unknown.share.share > warn:
            words.append(
                f"{one.name}: {unknown.unknown} of {unknown.rows} rows are of products that "
                f"{catalogue.file} does not have, {unknown.share.words}; put these products there; "
                f"or, if the drop is wrong, {one.todo}"
            )
    return words


def _exchanged(one: Used, files: Sequence[Used], catalogue: Catalogue) -> pl.DataFrame:
    """user_id and product_id of the rows whose product is a user of others, and their user a
    product.
    """
    pairs = pl.DataFrame({name: one.rows[name] for name in ("user_id", "product_id")})
    pairs = pairs.filter(
        pl.col("product_id").is_in(one.unknown.ids.implode())
        & pl.col("user_id").is_in(catalogue.ids.implode())
    )
    wanted = pairs["product_id"].unique()
    if not len(wanted):
        return pairs
    users = [each.rows["user_id"] for each in files]
    found = [some.filter(some.is_in(wanted.implode())).unique() for some in users]
    return pairs.filter(pl.col("product_id").is_in(pl.concat(found).implode()))


def _shown(ids: pl.Series) -> str:
    return ", ".join(ascii(one) for one in ids[:EXAMPLES])
