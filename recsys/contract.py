"""The contract with the shop: which files, which columns, and what may stand in a cell.

    data_reviews_purchase.csv    user_id, product_id, rating, comment, processed_comment, cmt_date
    data_product.csv             product_id, product_name, brand, type, price, ..., processed_description
    data_product_attribute.csv   product_id, ingredient, feature, skin_type, capacity, ...
    data/staging/*.csv           user_id, product_id, rating, comment, timestamp

Ids are text: `007` is not `7`, and `NA` is an id. A missing optional column is reported and treated as empty,
a column that is not in the contract is reported and not read.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A kind of CSV: its file name (empty for staging batches), its columns, and which must be there."""

    file: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    timestamp: str = ""  # the column that says when, "" where there is none


@dataclass(frozen=True)
class Limits:
    """How much is read: a larger file is refused, a row with a longer cell is quarantined (merge.limits)."""

    file_bytes: int
    rows: int
    columns: int
    field_bytes: int


REVIEWS = Table(
    file="data_reviews_purchase.csv",
    columns=("user_id", "product_id", "rating", "comment", "processed_comment", "cmt_date"),
    required=("user_id", "product_id", "rating", "cmt_date"),
    timestamp="cmt_date",
)
STAGING = Table(
    file="",
    columns=("user_id", "product_id", "rating", "comment", "timestamp"),
    required=("user_id", "product_id", "rating", "timestamp"),
    timestamp="timestamp",
)
PRODUCTS = Table(
    file="data_product.csv",
    columns=(
        "product_id",
        "product_name",
        "brand",
        "type",
        "price",
        "avg_star",
        "num_sold_time",
        "processed_description",
    ),
    required=("product_id",),
)
ATTRIBUTES = Table(
    file="data_product_attribute.csv",
    columns=("product_id", "ingredient", "feature", "skin_type", "capacity", "design", "brand", "expiry", "origin"),
    required=("product_id",),
)

MAX_ID_LENGTH = 128
MIN_RATING, MAX_RATING = 1, 5

# Why a row is quarantined, and how to mend it.
HINTS = {
    "cells": "the row has more or fewer cells than the header; quote commas that belong to a text",
    "quote": 'a quote that is not closed, or stands inside an unquoted cell; write "" for a quote in quoted text',
    "header": "this line is the header again; remove it",
    "cut": "the comment may go on in the next line, or begins with a byte order mark; write it in quotes, without one",
    "unfinished": "the file does not end with a newline, so this line may be cut off; complete it and end it with one",
    "swallowed": "a line inside the quoted text looks like a row: a quote was lost; mend it, write one line a row",
    "long": "the line has more than 1 MiB and no end; is the file CSV with newlines?",
    "field_long": "a cell is longer than merge.limits.field_bytes; shorten it, or raise the limit",
    "encoding": "the line is not UTF-8; save the file as UTF-8",
    "control": "the line has a NUL or another control character; remove it",
    "id_empty": "write the id; 1 to 128 characters",
    "id_long": "an id has at most 128 characters",
    "id_control": "an id has no control characters",
    "rating_empty": "write the rating, a number from 1 to 5",
    "rating_number": "write the rating in ASCII digits, e.g. 4 or 4.5",
    "rating_range": "a rating is from 1 to 5",
    "time_empty": "write the time, e.g. 2024-03-01T10:00:00+07:00",
    "time_format": "write the time in one of merge.date_formats, or declare its format there",
    "time_local": "this local time does not exist or exists twice in merge.zone; write it with an offset",
    "time_future": "the time lies more than a day after the file was first seen; correct it",
    "time_early": "the time lies before merge.earliest; correct it, or set merge.earliest",
    "product_repeated": "the product stands in the file already with other values; keep one row a product",
    "product_unknown": "no product of data_product.csv has this id; add the product, or drop the row",
}
