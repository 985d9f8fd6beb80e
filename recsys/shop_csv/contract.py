"""The contract with the shop: which files, which columns, and what may stand in a cell.

    data_reviews_purchase.csv    user_id, product_id, rating, comment, processed_comment, cmt_date
    data_product.csv             product_id, product_name, brand, type, ..., processed_description
    data_product_attribute.csv   product_id, ingredient, feature, skin_type, capacity, ...
    data/staging/*.csv           user_id, product_id, rating, comment, timestamp

Ids are text: `007` is not `7`, and `NA` is an id. A missing optional column is reported and treated
as empty, a column that is not in the contract is reported and not read.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A kind of CSV: its file name (empty for staging batches), its columns, and which must be
    there.
    """

    file: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    timestamp: str = ""  # the column that says when, "" where there is none


@dataclass(frozen=True)
class Limits:
    """How much is read: a larger file is refused, a row with a longer cell is quarantined
    (merge.limits).
    """

    file_bytes: int
    rows: int
    columns: int
    field_bytes: int


REVIEWS = Table(
    file="data_reviews_purchase.csv",
    columns=(
        "user_id",
        "product_id",
        "rating",
        "comment",
        "processed_comment",
        "cmt_date",
    ),
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
    columns=(
        "product_id",
        "ingredient",
        "feature",
        "skin_type",
        "capacity",
        "design",
        "brand",
        "expiry",
        "origin",
    ),
    required=("product_id",),
)

RAW = (REVIEWS, PRODUCTS, ATTRIBUTES)
TEXTS = ("comment", "processed_comment")  # of interactions

MAX_ID_LENGTH = 128
MIN_RATING, MAX_RATING = 1, 5
