"""What an id and a rating may be: ids stay text, ratings are plain numbers."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.shop_csv import cells as rows
from recsys.shop_csv.rating_scale import Scale
from recsys.shop_csv.reasons import REASONS

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def texts(*cells: str) -> pa.StringArray:
    return pa.array(cells, pa.string())


def read_ids(*cells: str) -> list[tuple[str, str]]:
    values, reasons, *_ = rows.ids(texts(*cells))
    return list(zip(values.to_pylist(), reasons.tolist(), strict=True))


# ---- ids ----


def test_ids_are_text() -> None:
    cells = (
        "007",
        "7",
        "7.0",
        "1e3",
        "NA",
        "null",
        "None",
        "nan",
        "-1",
        "TRUE",
        "a b",
        "Đỗ",
        "😀",
        "a'b\"c",
    )
    assert read_ids(*cells) == [(cell, "") for cell in cells]


def test_ids_are_trimmed_and_in_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Mỹ")
    assert decomposed != "Mỹ"
    cells = (" 7 ", "\t7", "\u00a07", decomposed, "Mỹ")
    assert read_ids(*cells) == [("7", ""), ("7", ""), ("7", ""), ("Mỹ", ""), ("Mỹ", "")]


def test_ids_are_composed() -> None:
    found, reasons, _, *_ = rows.ids(texts("ng\u1ecdc", "ngo\u0323c", "\ufeffa"))
    assert found.to_pylist()[:2] == ["ng\u1ecdc", "ng\u1ecdc"]
    assert reasons.tolist() == ["", "", "id_control"]


def test_ids_that_are_refused() -> None:
    found = read_ids(
        "",
        "  ",
        "x" * 128,
        "x" * 129,
        "ă" * 128,
        "a\nb",
        "a\u0085b",
        "a\u2028b",
        "a\x7fb",
    )
    assert [reason for _, reason in found] == [
        "id_empty",
        "id_empty",
        "",
        "id_long",
        "",
        *["id_control"] * 4,
    ]


def test_an_id_is_at_most_128_characters_in_nfc() -> None:
    assert [
        reason for _, reason in read_ids(unicodedata.normalize("NFD", "ộ") * 128)
    ] == [""]


@pytest.mark.parametrize(
    "cell",
    [
        "8.40E+11",
        "8,4E+11",
        "8.4e11",
        "8E+11",
        "1.23E-05",
        "'8.40E+11",
        "########",
        "#REF!",
        "#N/A",
        "#VALUE!",
    ],
)
def test_what_a_spreadsheet_writes_in_the_place_of_an_id_is_refused(cell: str) -> None:
    assert read_ids(cell)[0][1] == "id_spreadsheet"


def test_ids_that_only_look_like_a_spreadsheets_number_are_ids() -> None:
    cells = ("1e3", "5E2", "8.40", "E+11", "a8.40E+11", "123e456", "#1", "SKU-8E+11")
    assert read_ids(*cells) == [(cell, "") for cell in cells]


@pytest.mark.parametrize(
    "cell",
    [
        "u\u200b1",
        "u1\u200e",
        "\u2060u1",
        "u\xad1",
        "u️1",
        "\u202au1\u202c",
        "u\U000e00411",
        "uㅤ1",
        "u\u200d1",
    ],
)
def test_what_nobody_sees_is_taken_out_of_an_id_and_counted(cell: str) -> None:
    values, reasons, unseen, *_ = rows.ids(texts("u2", cell, cell))
    assert (values.to_pylist(), reasons.tolist(), unseen) == (
        ["u2", "u1", "u1"],
        [""] * 3,
        2,
    )


def test_blanks_of_any_kind_are_one_blank_in_an_id() -> None:
    cells = ("a\u00a0b", "a\u2009b", "a\u3000\u00a0b", "a  b", "a b")
    values, _, unseen, *_ = rows.ids(texts(*cells))
    assert (values.to_pylist(), unseen) == (["a b"] * 5, 3)


def test_numbers_that_are_oddly_written_are_told() -> None:
    cells = ("8000.0", "'8000", "007", "\uff18\uff10", "8000", "0", "8.5", "a0", "v8.0")
    assert rows.ids(texts(*cells)).oddly == {"8000.0", "'8000", "007", "\uff18\uff10"}


def test_no_ids_at_all() -> None:
    values, reasons, _, *_ = rows.ids(texts())
    assert (len(values), len(reasons)) == (0, 0)


@quick
@given(st.lists(st.text(max_size=5), max_size=8))
def test_an_id_does_not_depend_on_its_neighbours_and_reading_it_twice_changes_nothing(
    cells: list[str],
) -> None:
    cells = [cell.encode("utf-8", "ignore").decode() for cell in cells]
    found = read_ids(*cells)
    assert found == [read_ids(cell)[0] for cell in cells]
    good = [value for value, reason in found if not reason]
    assert [value for value, _ in read_ids(*good)] == good


# ---- ratings ----


@pytest.mark.parametrize(
    ("cell", "value"),
    [("5", 5.0), ("1", 1.0), ("4.5", 4.5), (" 3 ", 3.0), ("05", 5.0), ("5.000", 5.0)],
)
def test_ratings_that_are_read(cell: str, value: float) -> None:
    values, reasons = rows.ratings(texts(cell))
    assert (values.tolist(), reasons.tolist()) == ([value], [""])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "rating_empty"),
        (" ", "rating_empty"),
        ("0", "rating_range"),
        ("6", "rating_range"),
        ("5.1", "rating_range"),
        ("0.99", "rating_range"),
        ("999999999", "rating_range"),
        ("event 'View'", "source_event"),  # a drop in the shop's own form has it so
        ("events", "rating_number"),
        ("nan", "rating_number"),
        ("inf", "rating_number"),
        *(
            (cell, "rating_number")
            for cell in (
                "-1",
                "+5",
                "5e0",
                "4,5",
                "five",
                "٥",
                "５",
                "5.",
                ".5",
                "5\u00a0",
                "1" * 5000,
                "1_0",
                "5\n",
                "0x5",
            )
        ),
    ],
)
def test_ratings_that_are_refused(cell: str, reason: str) -> None:
    values, reasons = rows.ratings(texts("5", cell))
    assert reasons.tolist() == ["", reason]
    assert values[0] == 5
    assert values[1] != values[1]  # NaN
    assert reason in REASONS


@pytest.mark.parametrize(
    ("scale", "cells", "stars"),
    [
        (Scale(1, 10), ("1", "10", "5.5"), [1, 5, 3]),
        (Scale(20, 100), ("20", "60", "100"), [1, 3, 5]),
        (Scale(0, 1), ("0", "1"), [1, 5]),
        (Scale(-1, 1), ("-1", "0", "1"), [1, 3, 5]),
        (Scale(0.5, 5), ("0.5", "5"), [1, 5]),
    ],
)
def test_ratings_of_another_scale_become_stars(
    scale: Scale, cells: tuple[str, ...], stars: list[float]
) -> None:
    values, reasons = rows.ratings(texts(*cells), scale)
    assert (values.tolist(), set(reasons.tolist())) == (stars, {""})
    assert rows.ratings(texts("101"), scale).reasons.tolist() == ["rating_range"]


def test_no_ratings_at_all() -> None:
    values, reasons = rows.ratings(texts())
    assert (len(values), len(reasons)) == (0, 0)


def test_which_cases_stand_in_ids() -> None:
    assert rows.ids(texts("1", "002", "8.0")).cases == frozenset()
    assert rows.ids(texts("SKU-1", "2")).cases == {"upper"}
    assert rows.ids(texts("sku-1", "Ỹ2")).cases == {"upper", "lower"}
