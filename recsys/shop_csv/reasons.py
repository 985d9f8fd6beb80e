"""Every reason for which a row is refused: what it means, a row that has it, and the row mended."""

from recsys.shop_csv.contract import ATTRIBUTES, PRODUCTS

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
_LATIN1 = "\udce9"  # the byte E9, which is no UTF-8 there

# A row that is refused for each reason, and the same one mended.
_GOOD = "u1,p1,5,good,2024-03-01 10:00:00"
EXAMPLES = {
    "cells": (
        "u1,p1,5,good, really,2024-03-01 10:00:00",
        'u1,p1,5,"good, really",2024-03-01 10:00:00',
    ),
    "quote": (
        'u1,p1,5,a "good" one,2024-03-01 10:00:00',
        'u1,p1,5,"a ""good"" one",2024-03-01 10:00:00',
    ),
    "header": ("product_id,product_name", "p9,Brush"),
    "cut": (
        "u1,p1,5,2024-03-01 10:00:00,good\nreally",
        'u1,p1,5,2024-03-01 10:00:00,"good\nreally"',
    ),
    "unfinished": ("u1,p1,5,good,2024-03-01 10:0 (the file ends here)", _GOOD),
    "swallowed": ('u1,p1,5,"good\nu2,p1,4,fine,2024-03-02 10:00:00\n",2024-03-01 10:00:00', _GOOD),
    "field_long": (f"u1,p1,5,{'good ' * 60},2024-03-01 10:00:00", _GOOD),
    "long": ("u1,p1,5,good ... and no line end in 1 MiB", _GOOD),
    "encoding": (f"u1,p1,5,caf{_LATIN1},2024-03-01 10:00:00", "u1,p1,5,café,2024-03-01 10:00:00"),
    "control": ("u1,p1,5,go\0od,2024-03-01 10:00:00", _GOOD),
    "id_empty": (",p1,5,good,2024-03-01 10:00:00", _GOOD),
    "id_long": (f"{'u1' * 65},p1,5,good,2024-03-01 10:00:00", _GOOD),
    "id_control": ('"u\t1",p1,5,good,2024-03-01 10:00:00', _GOOD),
    "rating_empty": ("u1,p1,,good,2024-03-01 10:00:00", _GOOD),
    "rating_number": ("u1,p1,five,good,2024-03-01 10:00:00", _GOOD),
    "rating_range": ("u1,p1,6,good,2024-03-01 10:00:00", _GOOD),
    "time_empty": ("u1,p1,5,good,", _GOOD),
    "time_format": ("u1,p1,5,good,March 1st", _GOOD),
    "time_local": ("u1,p1,5,good,2024-03-10 02:30:00", "u1,p1,5,good,2024-03-10T02:30:00-05:00"),
    "time_future": ("u1,p1,5,good,2124-03-01 10:00:00", _GOOD),
    "time_early": ("u1,p1,5,good,1924-03-01 10:00:00", _GOOD),
    "product_repeated": ("p1,Lipstick red (p1 stands above already)", "p7,Lipstick red"),
    "product_unknown": ("p9,water (p9 is not in data_product.csv)", "p1,water"),
}
HEADERS = {
    "header": PRODUCTS.columns[:2],
    "product_repeated": PRODUCTS.columns[:2],
    "product_unknown": ATTRIBUTES.columns[:2],
    "cut": ("user_id", "product_id", "rating", "timestamp", "comment"),
}
