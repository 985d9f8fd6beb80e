import random

import numpy as np
import pyarrow as pa
import pytest

from recsys.shop_csv import columns

TEXTS = ["", "tốt", "a,b", "x\ny", "😀"]


def test_a_column_has_the_texts_that_it_was_made_of():
    assert columns.of_texts(TEXTS) == pa.array(TEXTS, pa.string())
    assert columns.of_texts(()) == pa.array([], pa.string())


@pytest.mark.parametrize("rows", [0, 3])
def test_empty_texts(rows):
    assert columns.of_empty_texts(rows) == pa.array([""] * rows, pa.string())


def test_texts_are_taken_by_place():
    taken = columns.take(columns.of_texts(TEXTS), np.array([4, 1, 1]))
    assert taken.to_pylist() == ["😀", "tốt", "tốt"]
    none = columns.take(columns.of_texts(TEXTS), np.array([], dtype=np.int64))
    assert none.to_pylist() == []


def test_numbers_and_truth_values_become_arrays():
    assert columns.to_numpy(pa.array([3, 1], pa.int32())).tolist() == [3, 1]
    assert columns.to_numpy(pa.array([True, False])).tolist() == [True, False]
    assert columns.to_numpy(pa.array([], pa.bool_())).tolist() == []


def test_lengths_are_in_bytes_also_of_a_part_of_a_column():
    assert columns.lengths(columns.of_texts(TEXTS)).tolist() == [0, 5, 3, 3, 4]
    assert columns.lengths(columns.of_texts(TEXTS)[1:3]).tolist() == [5, 3]


def test_utf8_is_what_python_reads_as_such():
    parts = [b"a", b"\xc3\xa9", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80"]
    parts += [b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2", b"\0"]
    chosen = random.Random(0)
    for _ in range(2000):
        # long enough for what a processor looks at in one step
        data = b"".join(chosen.choices(parts, [90, 5, 5, 5, *[0.05] * 6], k=50))
        assert columns.is_utf8(data) == (data == data.decode(errors="replace").encode())
    assert columns.is_utf8(b"")
