"""Values of JSON, of Parquet and of a database as the texts that stand in their place."""

import json
import math
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow as pa

Pairs = list[tuple[str, Any]]
MadeOf = Callable[[Pairs], dict[str, Any]]
# of a float of 64, 32 or 16 bits: larger whole numbers are rounded
MOST_EXACT, MOST_OF_32, MOST_OF_16 = 2.0**53, 2.0**24, 2.0**11


# ---- JSON ----
def object_of(line: str, made_of: MadeOf | None = None) -> dict[str, Any] | None:
    """The object of a line of JSON, its numbers as they are written, each object in it `made_of`
    its pairs; None if it is none.
    """
    try:
        found = json.loads(
            line,
            parse_float=str,
            parse_int=str,
            parse_constant=_none,
            object_pairs_hook=made_of,
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _none(_: str) -> None:
    """NaN and Infinity, which are no JSON: there is no value."""


def value_at(found: dict[str, Any], name: str) -> Any:
    """The value of a key, None if there is none; `a.b` is key b of the object a."""
    if name in found:
        return found[name]
    value: Any = found
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def is_nested(value: Any) -> bool:
    """Whether a value of JSON holds others: it is no id, time or number."""
    return isinstance(value, list | dict)


def text_of(found: dict[str, Any], name: str) -> str:
    """The value of a key as text; `a.b` is key b of the object a."""
    return as_text(value_at(found, name)) if name else ""


def as_text(value: Any) -> str:
    """A value of JSON as text: lists and objects with commas between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(filter(None, map(as_text, value)))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {as_text(one)}" for key, one in value.items())
    return str(value)


# ---- columns ----
def column_texts(column: pa.Array) -> list[str]:
    """The values (rows,) of a column as text: a time in ISO 8601, a whole number without `.0`."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    most = _most_exact(column.type)
    values = pl.Series(pl.from_arrow(column))
    if values.dtype == pl.Datetime:
        zoned = values.dtype.time_zone is not None  # type: ignore[attr-defined] # polars: a Datetime
        if zoned:
            values = values.dt.convert_time_zone("UTC")
        shown = values.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f" + ("Z" if zoned else ""))
        return [text or "" for text in shown.to_list()]
    return [value_text(value, most) for value in values.to_list()]


def _most_exact(kind: pa.DataType) -> float:
    """Up to which whole number a type of floats has them all."""
    if pa.types.is_float32(kind):
        return MOST_OF_32
    return MOST_OF_16 if pa.types.is_float16(kind) else MOST_EXACT


def value_text(value: Any, most: float = MOST_EXACT) -> str:
    """A value of a column as text: a whole number without `.0`, "" for none and NaN; one of so many
    digits that the last ones are lost (above `most`) stands as 1.2345678901234567e+18.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        if abs(value) > most:
            return f"{value:.16e}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return as_text(value)
