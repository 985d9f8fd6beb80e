"""The fast path and the plain one together: after a misplaced quote the fast one goes on."""

from typing import Any

import pytest

from recsys.shop_csv import both_paths
from recsys.shop_csv.both_paths import RESTARTS, parse
from recsys.shop_csv.records import Parsed, Refused, Shape, parse_records

PAIR = Shape(2, ("a", "b"), (0, 1))


@pytest.mark.parametrize("quotes", [0, 1, RESTARTS, RESTARTS + 3])
def test_rows_are_those_of_the_plain_path(
    quotes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = ("1,2\n" * 3 + '3,a"b\n') * quotes + "4,5\n"
    plain = parse_records(block.encode(), 2, PAIR, last=True)
    found = parse(block.encode(), 2, PAIR, last=True)
    assert (found.used, found.block.refused) == (plain.used, plain.block.refused)
    assert found.block.line.tolist() == plain.block.line.tolist()
    assert [found.block.raw[at] for at in range(len(found.block))] == [
        plain.block.raw[at] for at in range(len(plain.block))
    ]
    for name in PAIR.names:
        assert found.block.columns[name].equals(plain.block.columns[name])


def test_the_plain_path_is_asked_for_what_the_fast_one_cannot_read_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def plain(data: bytes, line: int, shape: Shape, **more: Any) -> Parsed:
        asked.append(line)
        return parse_records(data, line, shape, **more)

    monkeypatch.setattr(both_paths, "parse_records", plain)
    found, _ = parse(b'1,2\n3,a"b\n4,5\n6,7\n', 2, PAIR, last=True)
    assert asked == [3]
    assert found.line.tolist() == [2, 4, 5]
    assert found.refused == [Refused(3, '3,a"b', "", "quote")]
