"""Every reason why a row is refused: what it means, a row that has it, and that row mended."""

from dataclasses import dataclass

from recsys.shop_csv.contract import ATTRIBUTES, PRODUCTS, STAGING

_GOOD = "u1,p1,5,good,2024-03-01 10:00:00"
_LATIN1 = "\udce9"  # the byte E9, which is not UTF-8
_PRODUCT = PRODUCTS.columns[:2]
_ATTRIBUTE = ATTRIBUTES.columns[:2]
_COMMENT_LAST = ("user_id", "product_id", "rating", "timestamp", "comment")


@dataclass(frozen=True)
class Reason:
    """Why a row is refused: the `code` in quarantine.parquet, and the `hint` beside it.

    `refused` is a row with this fault, `mended` the same row without it, both under a header of
    `columns`. A byte that is not UTF-8 stands in them as a surrogate (`surrogateescape`).
    """

    code: str
    hint: str
    refused: str
    mended: str = _GOOD
    columns: tuple[str, ...] = STAGING.columns


_RECORD_REASONS = (
    Reason(
        "cells",
        "the row has more or fewer cells than the header; quote commas that belong to a text",
        "u1,p1,5,good, really,2024-03-01 10:00:00",
        'u1,p1,5,"good, really",2024-03-01 10:00:00',
    ),
    Reason(
        "quote",
        "a quote that is not closed, or stands inside an unquoted cell; "
        'write "" for a quote in quoted text',
        'u1,p1,5,a "good" one,2024-03-01 10:00:00',
        'u1,p1,5,"a ""good"" one",2024-03-01 10:00:00',
    ),
    Reason(
        "header",
        "this line is the header again; remove it",
        "product_id,product_name",
        "p9,Brush",
        _PRODUCT,
    ),
    Reason(
        "cut",
        "its text may go on in the line before or behind it, which is refused or blank, or begins "
        "with a byte order mark; write it in quotes, without one",
        "u1,p1,5,2024-03-01 10:00:00,good\nreally",
        'u1,p1,5,2024-03-01 10:00:00,"good\nreally"',
        _COMMENT_LAST,
    ),
    Reason(
        "unfinished",
        "the file does not end with a newline, so this line may be cut off; "
        "complete it and end it with one",
        "u1,p1,5,good,2024-03-01 10:0 (the file ends here)",
    ),
    Reason(
        "swallowed",
        "a line inside the quoted text looks like a row: a quote was lost; "
        "mend it, write one line a row",
        'u1,p1,5,"good\nu2,p1,4,fine,2024-03-02 10:00:00\n",2024-03-01 10:00:00',
    ),
    Reason(
        "long",
        "the line has more than 1 MiB and no end; is the file CSV with newlines?",
        "u1,p1,5,good ... and no line end in 1 MiB",
    ),
    Reason(
        "field_long",
        "a cell is longer than merge.limits.field_bytes; shorten it, or raise the limit",
        f"u1,p1,5,{'good ' * 60},2024-03-01 10:00:00",
    ),
    Reason(
        "encoding",
        "the line is not UTF-8, or not in the encoding that source names; save the file as UTF-8",
        f"u1,p1,5,caf{_LATIN1},2024-03-01 10:00:00",
        "u1,p1,5,café,2024-03-01 10:00:00",
    ),
    Reason(
        "control",
        "the line has a NUL or another control character; remove it",
        "u1,p1,5,go\0od,2024-03-01 10:00:00",
    ),
)

_CELL_REASONS = (
    Reason(
        "id_empty",
        "write the id; 1 to 128 characters",
        ",p1,5,good,2024-03-01 10:00:00",
    ),
    Reason(
        "id_long",
        "an id has at most 128 characters",
        f"{'u1' * 65},p1,5,good,2024-03-01 10:00:00",
    ),
    Reason(
        "id_control",
        "an id has no control characters",
        '"u\t1",p1,5,good,2024-03-01 10:00:00',
    ),
    Reason(
        "id_spreadsheet",
        "a spreadsheet has written this in the place of the id, and its digits may be lost; "
        "take the ids from the shop again, with their column as text",
        "u1,8.40E+11,5,good,2024-03-01 10:00:00",
        "u1,840000123456,5,good,2024-03-01 10:00:00",
    ),
    Reason(
        "rating_empty",
        "write the rating, a number from 1 to 5 (or of merge.rating_scale)",
        "u1,p1,,good,2024-03-01 10:00:00",
    ),
    Reason(
        "rating_number",
        "write the rating in ASCII digits, e.g. 4 or 4.5",
        "u1,p1,five,good,2024-03-01 10:00:00",
    ),
    Reason(
        "rating_range",
        "a rating is from 1 to 5; declare another scale in merge.rating_scale",
        "u1,p1,6,good,2024-03-01 10:00:00",
    ),
    Reason(
        "time_empty",
        "write the time, e.g. 2024-03-01T10:00:00+07:00",
        "u1,p1,5,good,",
    ),
    Reason(
        "time_format",
        "write the time in one of merge.date_formats, or declare its format there",
        "u1,p1,5,good,March 1st",
    ),
    Reason(
        "time_local",
        "this local time does not exist or exists twice in merge.zone; write it with an offset",
        "u1,p1,5,good,2024-03-10 02:30:00",
        "u1,p1,5,good,2024-03-10T02:30:00-05:00",
    ),
    Reason(
        "time_future",
        "the time lies more than a day after the file was first seen; correct it; if it is right "
        "(the clock was behind), set the clock, then export and replay the row as it is",
        "u1,p1,5,good,2124-03-01 10:00:00",
    ),
    Reason(
        "time_early",
        "the time lies before merge.earliest; correct it, or set merge.earliest",
        "u1,p1,5,good,1924-03-01 10:00:00",
    ),
)

_PRODUCT_REASONS = (
    Reason(
        "product_repeated",
        "the product stands in the file already with other values; keep one row a product",
        "p1,Lipstick red (p1 stands above already)",
        "p7,Lipstick red",
        _PRODUCT,
    ),
    Reason(
        "product_unknown",
        "no product of data_product.csv has this id; add the product, or drop the row",
        "p9,water (p9 is not in data_product.csv)",
        "p1,water",
        _ATTRIBUTE,
    ),
)

# of the shop's own files, in their form (recsys/source)
_SOURCE_REASONS = (
    Reason(
        "source_record",
        "this line is no JSON object; in JSON Lines each line is one",
        '{"user": "u1", "item": "p1", "stars": 5, "ti',
        '{"user": "u1", "item": "p1", "stars": 5, "time": 1709287200}',
        ("user", "item", "stars", "time"),
    ),
    Reason(
        "source_event",
        "this kind of event has no weight; give it one in source.interactions of params.yaml, "
        "0 leaves its rows out; rows of a drop: then drop its file again, it lies in "
        "data/staging/.translated",
        "u1,p1,gift,1709287200",
        "u1,p1,purchase,1709287200",
        ("user", "item", "event", "time"),
    ),
    Reason(
        "source_nested",
        "an id, time, rating or event is a list or an object; write a row for each item, and name "
        "a key inside an object (in JSON Lines: user.id)",
        '{"user": "u1", "item": ["p1", "p2"], "stars": 5, "time": 1709287200}',
        '{"user": "u1", "item": "p1", "stars": 5, "time": 1709287200}',
        ("user", "item", "stars", "time"),
    ),
)

REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        *_RECORD_REASONS,
        *_CELL_REASONS,
        *_PRODUCT_REASONS,
        *_SOURCE_REASONS,
    )
}
