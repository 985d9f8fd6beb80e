"""Ids that a spreadsheet has rounded are found; long numbers as they are, are not."""

from decimal import Context, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.shop_csv import rounded_ids
from recsys.shop_csv.oddities import Bounds, OddParams
from recsys.shop_csv.rounded_ids import rounded_among

PARAMS = OddParams(**dict.fromkeys(OddParams.model_fields, Bounds(warn=0.0, stop=0.05)))
quick = settings(max_examples=50, deadline=None, derandomize=True, database=None)


def rounded(number: int) -> str:
    """A number as a spreadsheet keeps it."""
    return f"{Context(prec=15).create_decimal(Decimal(number)):f}".partition(".")[0]


def rows(users: list[str], products: list[str] | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"user_id": users, "product_id": products or ["p"] * len(users)}
    )


@quick
@given(st.integers(17, 22), st.integers(0, 10**6))
def test_rounded_ids_are_found_and_the_others_are_not(length: int, seed: int) -> None:
    step = 987_654_321_987_654_321 + 2 * seed
    numbers = [10 ** (length - 1) + at * step % 10 ** (length - 1) for at in range(200)]
    odd = [number for number in numbers if number % 10]
    as_they_are = rounded_among(rows([str(number) for number in odd]))
    assert (as_they_are.rounded, as_they_are.share) == (0, 0.0)
    found = rounded_among(rows([rounded(number) for number in numbers]))
    assert found.share > 0.9


def test_of_sixteen_digits_one_in_ten_ends_in_zero_by_chance() -> None:
    numbers = [str(10**15 + at * 7_777_777) for at in range(200)]
    assert sum(one.endswith("0") for one in numbers) == 20
    assert rounded_among(rows(numbers)).rounded == 0


def test_one_rounded_product_of_many_rows_is_one_id() -> None:
    products = ["1234567890123450000"] * 90 + [str(10**18 + at) for at in range(1, 10)]
    assert rounded_among(rows(["u"] * 99, products)).rounded == 0


def test_numbers_of_fifteen_digits_and_codes_are_what_they_are() -> None:
    ids = [f"{at}00000000000000" for at in range(1, 10)]
    codes = [f"SKU-{at}0000000000000000000" for at in range(9)]
    assert rounded_among(rows(ids, codes)).rounded == 0


def test_a_file_with_rounded_ids_is_told_with_the_mend() -> None:
    users = [rounded(10**18 + at * 1_234_567) for at in range(30)]
    found = rounded_among(rows(users))
    told = rounded_ids.fault_of(found, PARAMS, 20)
    assert "30 of 30 rows" in told
    assert repr(min(users)) in told
    assert "merge.odd.rounded_ids.stop" in told
    assert rounded_ids.fault_of(found, PARAMS, 31) == ""
    whole = rounded_ids.of_files([found, rounded_among(rows(["a"] * 70))])
    assert whole.share == pytest.approx(0.3)
    assert whole.words.startswith("e.g. '1000000000")
