"""Ids in another form are found, whatever the form; different ids are not."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.shop_csv.id_forms import (
    form_of,
    in_another_form,
    in_both_forms,
    in_two_cases,
)

FORMS = {
    "float": lambda one: f"{one}.0",
    "float with a comma": lambda one: f"{one},00",
    "apostrophe": lambda one: f"'{one}",
    "zeros": lambda one: f"000{one}",
    "full width": lambda one: "".join(chr(ord(digit) + 0xFEE0) for digit in one),
    "Arabic digits": lambda one: "".join(chr(ord(digit) + 0x630) for digit in one),
    "quoted": lambda one: f'"{one}"',
    "a number sign": lambda one: f"#{one}",
    "all of it": lambda one: f"'0{one}.0",
}
quick = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("how", FORMS)
@quick
@given(number=st.integers(1, 10**12))
def test_a_number_in_another_form_is_found(how: str, number: int) -> None:
    odd, plain = pl.Series([FORMS[how](str(number))]), pl.Series([str(number)])
    found = in_another_form(odd, plain)
    assert (found.ids.to_list(), found.known.to_list()) == (
        odd.to_list(),
        plain.to_list(),
    )
    assert str(found) == f"{odd[0]!a} for {plain[0]!a}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sku-8000a", "SKU-8000A"),
        ("SKU_8000 A", "SKU-8000A"),
        (unicodedata.normalize("NFD", "Mỹ-1"), "MỸ-1"),
        ("АB-1", "AB-1"),  # a Cyrillic A
        ("ＡＢ１", "ab1"),
    ],
)
def test_a_code_in_another_form_is_found(one: str, other: str) -> None:
    assert len(in_another_form(pl.Series([one]), pl.Series([other, "x"])).ids) == 1


@quick
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_different_numbers_have_different_forms(one: int, other: int) -> None:
    forms = form_of(pl.Series([str(one), str(other), f"{one}.5"]))
    assert (forms[0] == forms[1]) == (one == other)
    assert forms[2] != forms[0] or one == 0


@quick
@given(st.lists(st.text(min_size=1, max_size=8), min_size=1))
def test_every_id_has_a_form_and_it_is_that_of_its_form(ids: list[str]) -> None:
    texts = pl.Series([one.encode("utf-8", "ignore").decode() for one in ids])
    assert form_of(texts).null_count() == 0
    assert form_of(texts[:0]).to_list() == []


def test_signs_alone_are_told_apart() -> None:
    assert form_of(pl.Series(["--", "..", "?"])).n_unique() == 3


def test_users_in_both_forms() -> None:
    users = pl.Series(["7", "7", "007", "8.0", "9"])
    found = in_both_forms(users, {"007", "8.0"})
    assert (found.ids.to_list(), found.known.to_list()) == (["007"], ["7"])


def test_ids_in_two_cases_are_the_rarer_ones() -> None:
    ids = pl.Series(["Ab1", "ab1", "ab1", "AB1", "x", "Ỹ", "ỹ", "7"])
    found = in_two_cases(ids)
    assert found.forms.ids.to_list() == ["AB1", "Ab1", "ỹ"]
    assert found.forms.known.to_list() == ["ab1", "ab1", "Ỹ"]
    assert found.share == 3 / 8
    assert in_two_cases(ids[:0]).share == 0.0


@quick
@given(st.lists(st.text("aAbB1", min_size=1, max_size=3), max_size=30))
def test_in_two_cases_by_a_plain_loop(ids: list[str]) -> None:
    rows = 0
    for lower in {one.lower() for one in ids}:
        counts = [ids.count(one) for one in set(ids) if one.lower() == lower]
        rows += sum(counts) - max(counts)
    found = in_two_cases(pl.Series(ids, dtype=pl.String))
    assert found.share == rows / max(len(ids), 1)
