"""What cells must become, and rows that were not written."""

import numpy as np
import pytest

from bench.damage.drops import sound, text_of
from bench.damage.expected import expected, expected_id, wrong_rows
from tests.bench.damage.judged import SEED


@pytest.mark.parametrize(
    ("cell", "column", "becomes"),
    [
        (" 007\u00a0", "user_id", ("007", "")),
        ("e\u0301", "user_id", ("\u00e9", "")),
        ("\u200bx\u00a0\u3000y\u00ad", "user_id", ("x y", "")),
        ("8.40E+11", "user_id", ("8.40E+11", "id_spreadsheet")),
        ("a\nb", "user_id", ("a\nb", "id_control")),
        ("\u3000", "product_id", ("", "id_empty")),
        ("x" * 129, "product_id", ("x" * 129, "id_long")),
        ("a\0", "comment", ("", "control")),
        ("a\rb", "comment", ("", "control")),
        ("a\r\nb\t", "comment", ("a\r\nb\t", "")),
        ("\ud800", "comment", ("", "encoding")),
    ],
)
def test_expected_cells(cell, column, becomes):
    assert expected(cell, column) == becomes
    assert column == "comment" or expected_id(cell) == becomes


def test_a_wrong_value_is_seen(shop):
    file = sound(np.random.default_rng(SEED))
    verdict = shop.judge(text_of(file).encode())
    assert wrong_rows(verdict, file, {file.rows[0]["user_id"]}) != []
    for name, value in (
        ("user_id", "x"),
        ("product_id", "x"),
        ("rating", 0.0),
        ("comment", "?"),
        ("timestamp", None),
    ):
        changed = shop.judge(text_of(file).encode())
        changed.accepted[0][name] = value or changed.accepted[1][name]
        assert len(wrong_rows(changed, file, set())) == 1, name
