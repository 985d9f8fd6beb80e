"""The section `source` of params.yaml: what the shop's own files look like.

Without any file or table of interactions in it the shop keeps the contract of three CSV files
(recsys/shop_csv/contract.py), and nothing of this wing runs. `python runner.py init` writes it.
"""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, NonNegativeInt, field_validator, model_validator

from recsys.program.params import Section

WORST_WEIGHT, BEST_WEIGHT = -1.0, 1.0
URL_KINDS = ("postgresql", "postgres", "sqlite")


class FileParams(Section):
    """Files of one form, and how they are taken apart."""

    files: list[str] = Field(min_length=1)  # in data/raw
    format: Literal["csv", "jsonl", "parquet"]  # each also as .gz
    encoding: str  # a codec of Python; csv and jsonl
    separator: str = Field(min_length=1)  # csv; one character or several
    header: list[str]  # csv: the columns of a file without a header line

    @model_validator(mode="after")
    def _check_the_encoding(self) -> "FileParams":
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(
                f"no encoding is named {self.encoding!r}; write e.g. utf-8 or cp1252"
            ) from None
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read, "" for none, in the order of what they become."""
        raise NotImplementedError  # each kind of file has its own

    @property
    def needed(self) -> frozenset[str]:
        """The columns without which a file cannot be read."""
        raise NotImplementedError  # each kind of file has its own


class AnyColumns(FileParams):
    """A mapping that asks for the `wanted` columns of a file, and needs none."""

    wanted: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.wanted

    @property
    def needed(self) -> frozenset[str]:
        return frozenset()


class InteractionColumns(Section):
    """Of ratings, purchases or events: which column is what, "" where there is none."""

    user: str = Field(min_length=1)
    product: str = Field(min_length=1)
    time: str = Field(min_length=1)
    rating: str  # "" of purchases and events
    # the worst and the best rating here, which become 1 and 5; None: those of merge.rating_scale
    scale: list[float] | None = Field(None, min_length=2, max_length=2)
    decimal_comma: bool  # of the ratings
    event: str  # what kind of event it is
    weights: dict[str, float]  # by kind of event, -1 to 1; 0: these rows are left out
    text: list[str]  # together they are the comment
    product_name: str  # the product's name, where no file of products has it
    # of purchases: columns that say nothing of them, though they seem to; None: written before
    # there was this key
    ignored: list[str] | None = None

    @model_validator(mode="after")
    def _check_the_rating(self) -> "InteractionColumns":
        if self.scale and not (self.rating and self.scale[0] < self.scale[1]):
            raise ValueError("scale belongs to a rating, the worst one before the best")
        if self.rating and self.event:
            raise ValueError("a file has a rating or an event, not both")
        if bool(self.event) != bool(self.weights):
            raise ValueError("event and weights belong together")
        wrong = [
            weight
            for weight in self.weights.values()
            if not WORST_WEIGHT <= weight <= BEST_WEIGHT
        ]
        if wrong:
            raise ValueError(f"a weight is from -1 to 1, found {wrong[0]:g}")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read, "" for none, in the order of what they become."""
        kind = self.event or self.rating
        return self.user, self.product, self.time, kind, self.product_name, *self.text

    @property
    def needed(self) -> frozenset[str]:
        """The columns without which nothing can be read."""
        kind = self.event or self.rating
        return frozenset({self.user, self.product, self.time, kind} - {""})


class InteractionFiles(InteractionColumns, FileParams):
    """Files of ratings, purchases or events."""


class SqlRows(InteractionColumns):
    """A table or query of a database; its new rows become drops (`ops/sql/pull.py`)."""

    url: str  # postgresql://user@host:5432/database, sqlite:////path; no password
    query: str = Field(min_length=1)  # the name of a table, or SELECT ...
    cursor: str = Field(min_length=1)  # a column that grows with each new row
    overlap: NonNegativeInt  # so far below its highest value is looked at again

    @field_validator("url")
    @classmethod
    def _check_the_url(cls, value: str) -> str:
        check_url(value)
        return value


class ProductFiles(FileParams):
    """Files of products: which column is what, "" where there is none."""

    product: str = Field(min_length=1)
    name: str
    brand: str
    type: str
    price: str
    texts: list[str]  # whatever else says what the product is

    @property
    def columns(self) -> tuple[str, ...]:
        return self.product, self.name, self.brand, self.type, self.price, *self.texts

    @property
    def needed(self) -> frozenset[str]:
        return frozenset({self.product})


class Params(Section):
    interactions: list[InteractionFiles]
    products: list[ProductFiles]
    sql: list[SqlRows]

    @model_validator(mode="after")
    def _check_the_files(self) -> "Params":
        if self.products and self.is_contract:
            raise ValueError("products without interactions; name these, too")
        tables = [(one.url, one.query, one.cursor) for one in self.sql]
        if len(set(tables)) < len(tables):
            raise ValueError("sql: a table stands there twice; keep one")
        names = [name for one in self.all_files for name in one.files]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the file {name!r} stands there twice")
        return self

    @property
    def all_files(self) -> list[FileParams]:
        return [*self.interactions, *self.products]

    @property
    def is_contract(self) -> bool:
        """Whether the shop keeps the contract of three CSV files."""
        return not self.interactions and not self.sql

    @property
    def gives_stars(self) -> bool:
        """Whether some ratings are made here, so that they are stars of 1 to 5."""
        entries = (*self.interactions, *self.sql)
        return any(not one.rating or one.scale for one in entries)


def check_url(url: str) -> None:
    """ValueError if it is no URL of a database that is known, or has a password in it."""
    parts = urlsplit(url)
    if parts.scheme not in URL_KINDS:
        raise ValueError(
            "write postgresql://user@host:5432/database or sqlite:////path/of/the/file"
        )
    if parts.password or "password=" in parts.query:
        raise ValueError(
            "no password in the URL: write it into state/sql.password (mode 600), or into the "
            "variable SHOP_SQL_PASSWORD"
        )


def stars_of(weight: float) -> float:
    """The rating of an event: 4 + weight, or 3 + 2 weight where that is negative.

    So an event that speaks for a product is a positive (4 or more, `process.positive_threshold`),
    by as much as its weight says, and one that speaks against it is a dislike.
    """
    return 4 + weight if weight > 0 else 3 + 2 * weight
