"""The judge's own tokenizer, by known answers."""

import pytest

from bench.damage.tokenizer import line_starts, raw_record_at, record_at


@pytest.mark.parametrize(
    ("data", "record"),
    [
        (b"a,b\n", (["a", "b"], 4)),
        (b"a,\r\nx", (["a", ""], 4)),
        (b'"a""b","c\nd"\r\n', (['a"b', "c\nd"], 14)),
        (b'""', ([""], 3)),
        (b'a"b\n', None),
        (b'"a"b\n', None),
        (b'"a\n', None),
        (b"\xff\n", None),
    ],
)
def test_record_at(data, record):
    assert record_at(data, 0) == record


def test_the_raw_record_need_not_be_utf8():
    assert raw_record_at(b"\xff,b\n", 0) == ([b"\xff", b"b"], 4)


def test_line_starts_are_numbered_from_one():
    assert line_starts(b"a\n\nb") == {1: 0, 2: 2, 3: 3}
    assert line_starts(b"a\n") == {1: 0, 2: 2}
