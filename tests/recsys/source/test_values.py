"""Values as the texts that stand in their place."""

import numpy as np
import pyarrow as pa
import pytest

from recsys.source.values import column_texts, object_of, text_of, value_text


def test_values_of_json_as_texts() -> None:
    found = object_of('{"a": 5.0, "b": {"c": [1, null, "x"]}, "d": true, "e": 1e400}')
    assert found is not None
    names = ("a", "b.c", "b", "d", "e", "f", "")
    texts = ["5.0", "1, x", "c: 1, x", "1", "1e400", "", ""]
    assert [text_of(found, name) for name in names] == texts
    assert [object_of(line) for line in ("[1]", "{", "5", "[" * 10**5)] == [None] * 4


def test_nan_of_json_is_no_value() -> None:
    found = object_of('{"a": NaN, "b": -Infinity, "c": "NaN"}')
    assert found is not None
    assert [text_of(found, name) for name in "abc"] == ["", "", "NaN"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8000.0, "8000"),
        (4.5, "4.5"),
        (float("nan"), ""),
        (2.0**53, "9007199254740992"),
        (2.0**60 + 2.0**40, "1.1529226041184748e+18"),  # its last digits are lost
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "caf\udce9"),  # no text can hold it: its row is refused
        (None, ""),
        (True, "1"),
    ],
)
def test_a_value_of_a_column(value: object, text: str) -> None:
    assert value_text(value) == text


def test_columns_of_bytes_and_of_a_dictionary() -> None:
    column = pa.array([b"u1", None], pa.binary())
    assert column_texts(column) == ["u1", ""]
    assert column_texts(pa.array(["a", "a"]).dictionary_encode()) == ["a", "a"]


@pytest.mark.parametrize(
    ("kind", "bits"), [(pa.float16(), 11), (pa.float32(), 24), (pa.float64(), 53)]
)
def test_whole_numbers_that_a_float_cannot_tell_apart_are_no_ids(
    kind: pa.DataType, bits: int
) -> None:
    """17 million users of a column of 32 bits would be half as many."""
    last = np.array([2.0**bits, 2.0**bits + 2, 5.0, np.nan])
    texts = column_texts(pa.array(last.astype(kind.to_pandas_dtype()), kind))
    assert texts[0] == str(2**bits) and texts[2:] == ["5", ""]
    assert "e+" in texts[1]
