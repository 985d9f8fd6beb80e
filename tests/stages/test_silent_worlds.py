"""Data that was wrong with exit 0: right now, or stopped with the mend; from files to events."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError, DataError
from stages import process
from tests.stages.merging import run
from tests.stages.processing import stats
from tests.worlds import Shop, complains, make_shop, shipped_params

USERS, PRODUCTS = 60, [f"p{number:02d}" for number in range(20)]


def orders(
    text: str = "", time: str = "2024-0{0}-{1:02d} {2:02d}:{1:02d}:00"
) -> list[list[str]]:
    """Every user's two orders of three products; all lines of an order in one minute."""
    draw = random.Random(1)
    rows = []
    for user in range(USERS):
        for order in range(2):
            when = time.format(1 + order * 3 + user % 3, 1 + user % 28, 8 + user % 12)
            for product in draw.sample(PRODUCTS, 3):
                rows.append([f"u{user}", product, "5", text, "", when])
    return rows


def made(
    folder: Path, rows: Iterable[list[str]], products: Iterable[str] = PRODUCTS
) -> Shop:
    return make_shop(
        folder,
        [",".join(row) for row in rows],
        [f"{product},kem,,,,,,kem duong" for product in products],
        [],
    )


def processed(shop: Shop) -> dict[str, Any]:
    """What process says of the shop, after a merge."""
    run(shop)
    process.main(shop.merged, shop.cache, shop.processed, shop.params)
    return stats(shop)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return processed(made(tmp_path_factory.mktemp("silent"), orders()))


@pytest.mark.parametrize(
    "text", ["\\N", "nan", "NULL", "-", "Khach khong de lai nhan xet"]
)
def test_null_tokens_and_a_default_text_are_as_no_comment(
    tmp_path: Path, text: str, silent: dict[str, Any]
) -> None:
    found = processed(made(tmp_path, orders(text)))
    assert found.pop("default_texts")["rows"] == 6 * USERS
    assert found == {
        name: value for name, value in silent.items() if name != "default_texts"
    }


def test_one_account_that_writes_everywhere_changes_nobody_elses_events(
    tmp_path: Path, silent: dict[str, Any]
) -> None:
    bot = [
        ["bot", product, "5", "ok", "", "2024-05-01 10:07:00"] for product in PRODUCTS
    ]
    found = processed(made(tmp_path, [*orders(), *bot]))
    assert found["events"] == silent["events"] + 1
    assert found["trainable_users"] == silent["trainable_users"]


@pytest.mark.parametrize(
    "time", ["2024-0{0}-{1:02d}", "2024-0{0}-{1:02d} 00:00:00", "2024-05-05 10:07:00"]
)
@pytest.mark.parametrize("text", ["ok", ""])
def test_times_that_say_little_make_no_review_of_a_basket(
    tmp_path: Path, time: str, text: str, silent: dict[str, Any]
) -> None:
    assert processed(made(tmp_path, orders(text, time)))["events"] == silent["events"]


FORMS = {
    "float": lambda one: f"{one}.0",
    "apostrophe": lambda one: f"'{one}",
    "zeros": lambda one: f"00{one}",
    "full width": lambda one: "".join(chr(ord(digit) + 0xFEE0) for digit in one),
    "case": lambda one: f"SKU-{one}A",
}


@pytest.mark.parametrize("how", FORMS)
@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(number=st.integers(1, 10**9))
def test_ids_of_another_form_stop_with_both_forms_and_the_mend(
    tmp_path_factory: pytest.TempPathFactory, how: str, number: int
) -> None:
    known = f"sku-{number}a" if how == "case" else str(number)
    odd = FORMS[how](str(number))
    rows = [[f"u{user}", odd, "5", "", "", "2024-01-01"] for user in range(20)]
    shop = made(tmp_path_factory.mktemp("shop"), rows, [known])
    with complains(
        DataError, shop.reviews, f"{odd!a} for {known!a}", "write both alike"
    ):
        run(shop)


@pytest.mark.parametrize(
    "mark", ["\u200b", "\u200e", "\u00ad", "\u2060", "\ufe0f", "\u00a0 "]
)
def test_what_nobody_sees_makes_no_other_customer_or_product(
    tmp_path: Path, mark: str, silent: dict[str, Any]
) -> None:
    rows = [
        [
            f"{user[0]}{mark.strip(' ')}{user[1:]}" if number % 2 else user,
            f"{product}{mark}",
            *rest,
        ]
        for number, (user, product, *rest) in enumerate(orders())
    ]
    if mark.strip("\u00a0 ") == "":  # a blank is a blank
        rows = [[user.replace("\u00a0", " "), *rest] for user, *rest in rows]
        rows = [[user.replace(" ", ""), *rest] for user, *rest in rows]
    shop = made(tmp_path, rows)
    found = processed(shop)
    assert (found["users"], found["items"]) == (silent["users"], silent["items"])


SCALES = {
    "[1, 10]": (1, 2, 5, 8, 9, 10),
    "[20, 100]": (20, 60, 80, 100),
    "[0, 1]": (0, 1, 1, 1),
    "[-1, 1]": (-1, 1, 1),
    "[0, 20]": (0, 7, 12, 18, 20),
}


@pytest.mark.parametrize("scale", SCALES)
def test_another_scale_stops_and_its_mend_is_what_the_message_says(
    tmp_path: Path, scale: str
) -> None:
    values = SCALES[scale]
    rows = [
        [user, product, str(values[number % len(values)]), *rest]
        for number, (user, product, _, *rest) in enumerate(orders())
    ]
    shop = made(tmp_path, rows)
    with complains(
        DataError, shop.reviews, "ratings from", f"merge.rating_scale: {scale}"
    ):
        run(shop)
    low, high = (float(end) for end in scale.strip("[]").split(","))
    shop.configure(merge={"rating_scale": [low, high]})
    found = processed(shop)
    assert found["rating_share"]["5"] >= 0.15
    assert run(shop)["quarantined"] == 0


def test_a_scale_where_one_is_the_best_is_refused_with_what_to_do(
    tmp_path: Path,
) -> None:
    shop = made(tmp_path, orders())
    shop.configure(merge={"rating_scale": [6, 1]})
    with complains(ConfigError, "rating_scale", "turn the ratings round"):
        run(shop)


def test_a_spreadsheets_notation_is_refused_with_the_reason(tmp_path: Path) -> None:
    rows = [["8.40E+11", *rest] for _, *rest in orders()]
    with complains(DataError, "id_spreadsheet", "digits may be lost"):
        run(made(tmp_path, rows))
    some = [
        [f"{number % 9 + 1}.1E+11" if number % 4 == 0 else user, *rest]
        for number, (user, *rest) in enumerate(orders())
    ]
    found = run(made(tmp_path / "some", some))
    assert found["quarantined_by_reason"] == {"id_spreadsheet": 90}
    assert found["odd"]["refused_for_one_reason"] == 0.25


def test_products_of_the_sample_beside_own_reviews_stop_the_run(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    sample = ROOT / "data/sample/data_product.csv"
    shop.products.write_bytes(sample.read_bytes())
    with complains(DataError, "the sample shop", "your own products"):
        run(shop)


def test_what_is_odd_is_said_at_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [
        ["anonymous" if number % 2 else user, *rest]
        for number, (user, *rest) in enumerate(orders())
    ]
    shop = made(tmp_path, rows)
    found = run(shop)
    assert found["odd"]["one_user"] == 0.5
    assert "odd with this data" in caplog.text
    assert "one_user" in caplog.text and "'anonymous'" in caplog.text
    over = (shop.metrics.parent / "odd.json").read_text(encoding="utf-8")
    assert '"one_user": 0.5' in over and "anonymous" not in over  # for the pages
    odd = dict(found["odd"])
    assert set(odd) == set(shop_bounds(shop))
    shop.configure(
        merge={"odd": {**shop_bounds(shop), "one_user": {"warn": 0.1, "stop": 0.4}}}
    )
    with complains(DataError, "one_user is 50.0%", "merge.odd.one_user.stop"):
        run(shop)


def shop_bounds(shop: Shop) -> dict[str, dict[str, float]]:
    bounds: dict[str, dict[str, float]] = json.loads(shop.params.read_text())["merge"][
        "odd"
    ]
    return bounds


# ---- ids in two cases, and ids that a spreadsheet has rounded ----
def test_users_and_products_in_two_cases_are_counted_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A drop has u5 as U5 and p01 as P01, and the shop's file of products has both."""
    shop = made(tmp_path, orders(), [*PRODUCTS, "P01"])
    shop.drop("a.csv", *[f"U{at},P01,5,,2024-03-02" for at in range(1, 11)])
    with caplog.at_level("WARNING"):
        found = run(shop)
    share = 10 / (60 * 6 + 10)
    assert found["odd"]["users_in_two_cases"] == pytest.approx(share, abs=1e-6)
    assert found["odd"]["products_in_two_cases"] == pytest.approx(share, abs=1e-6)
    assert "users_in_two_cases" in caplog.text
    assert "'U1' for 'u1'" in caplog.text


def test_a_drop_with_rounded_ids_is_blocked_and_all_else_is_merged(
    tmp_path: Path,
) -> None:
    shop = made(tmp_path, orders())
    good = [10**18 + at * 1_234_567_891 for at in range(1, 41)]
    shop.drop("a.csv", *[f"{at},p01,5,,2024-03-02" for at in good])
    before = run(shop)
    assert (before["blocked"], before["odd"]["rounded_ids"]) == ({}, 0.0)
    rounded = [at // 10_000 * 10_000 for at in good]
    shop.drop("b.csv", *[f"{at},p01,5,,2024-03-03" for at in rounded])
    found = run(shop)
    (fault,) = found["blocked"].values()
    assert "40 of 40 rows have ids that a spreadsheet has rounded" in fault
    assert found["accepted"] == before["accepted"]
    odd = json.loads(shipped_params())["merge"]["odd"]
    odd["rounded_ids"]["stop"] = 1.0
    shop.configure(merge={"odd": odd})
    assert run(shop)["odd"]["rounded_ids"] == pytest.approx(40 / 440, abs=1e-6)
