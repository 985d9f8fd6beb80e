"""Text for a terminal: lengths of time, columns, and cells that fit."""

import pytest

from ops import terminal


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.9, "59.9 s"),
        (60, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (7380, "2 h 3 min"),
    ],
)
def test_took(seconds: float, text: str) -> None:
    assert terminal.took(seconds) == text


def test_each_column_is_as_wide_as_its_widest_cell() -> None:
    assert terminal.aligned([("JOB", "EXIT", "LOG"), ("embed", "0", "a.log")]) == [
        "JOB    EXIT  LOG",
        "embed  0     a.log",
    ]


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        terminal.aligned([("a", "b"), ("c",)])


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("東京都", 6, "東京都"),
        ("東京都", 5, "東京…"),
        ("e\u0301te\u0301", 3, "e\u0301te\u0301"),
        ("a\nb", 9, "a\\nb"),
        ("\x1b[31m", 9, "\\x1b[31m"),
    ],
)
def test_a_cell_is_cut_by_the_columns_that_it_takes(
    text: str, width: int, shown: str
) -> None:
    assert terminal.cut(text, width) == shown


def test_what_a_terminal_obeys_is_shown_as_an_escape() -> None:
    assert terminal.printable("tốt\t\u202e\x07") == "tốt\\t\\u202e\\x07"


@pytest.mark.parametrize(
    ("text", "width", "seen"),
    [
        ("good", 4, "good"),
        ("goods", 4, "goo…"),
        ("\x1b[31mred", 20, "\\x1b[31mred"),
        ("\x1b[31mred", 6, "\\x1b[…"),
        ("a\r\nb\tc\x7f\x9b\u202e", 40, "a\\r\\nb\\tc\\x7f\\x9b\\u202e"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("tốt", 3, "tốt"),
        ("to\u0302\u0301t", 3, "to\u0302\u0301t"),
        ("to\u0302\u0301t nha", 4, "to\u0302\u0301t…"),
        ("", 5, ""),
    ],
)
def test_text_on_a_terminal(text: str, width: int, seen: str) -> None:
    assert terminal.cut(text, width) == seen


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 KB"), (2.5e6, "2 MB"), (6.66e9, "6.7 GB")],
)
def test_a_size_in_the_unit_that_tells(size, words):
    assert terminal.size_in_words(size) == words


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 drops"), (1, "1 drop"), (3400, "3,400 drops")]
)
def test_counted(count: int, text: str) -> None:
    assert terminal.counted(count, "drop") == text
