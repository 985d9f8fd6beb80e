"""A batch that cannot be used blocks no other; what lies beside the drops is named."""

from pathlib import Path

import pytest

from recsys.program.errors import DataError
from tests.recsys.source.mapping import interactions
from tests.stages.merging import batch_name, counts, merged, quarantine, run
from tests.worlds import Shop, complains, lines, make_shop, snapshot

GOOD = "z,p1,5,mới,2024-02-01 10:00:00"


def test_a_batch_that_is_blocked_is_left_out_and_later_ones_are_merged(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path)
    shop.drop("a.csv", *["y,p1,five,,2024-02-01"] * 20, "y,p1,5,,2024-02-01")
    found = run(shop)
    (name,) = found["blocked"]
    assert name.startswith("000001-")
    assert "20 of 21 rows are refused" in found["blocked"][name]
    shop.drop("b.csv", GOOD)
    found = run(shop)
    assert counts(found) == (8, 8, 0, 0)
    assert merged(shop)[-1][0] == "z"
    assert list(found["blocked"]) == [name]
    assert name not in found["files"]
    assert found["quarantined_by_reason"] == {"rating_number": 20}
    assert len(quarantine(shop)) == 20


def test_one_bad_row_in_a_drop_of_one_blocks_nothing(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    shop.drop("a.csv", "y,p1,five,,2024-02-01")
    found = run(shop)
    assert (counts(found), found["blocked"]) == ((8, 7, 0, 1), {})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("y{0},p1,{1},,2024-02-01", "merge.rating_scale: [1, 10]"),
        ("y{0},'p1,5,,2024-02-01", "\"'p1\" for 'p1'"),
        ("y{0},q{0},5,,2024-02-01", "products of this shop"),
    ],
)
def test_a_batch_of_another_scale_or_of_other_products_is_blocked(
    tmp_path: Path, row: str, words: str
) -> None:
    shop = make_shop(tmp_path)
    before = run(shop)
    shop.drop("a.csv", *(row.format(number, 1 + number % 10) for number in range(40)))
    found = run(shop)
    (fault,) = found["blocked"].values()
    assert words in fault
    assert counts(found) == counts(before)


def swapped_halfway(tmp_path: Path, half: str) -> Shop:
    """A shop of 30 users with a drop of 40 rows, the last 20 of them of this form."""
    reviews = [f"u{n},p1,5,,,2024-01-01 10:00:00" for n in range(30)]
    shop = make_shop(tmp_path, reviews)
    right = [f"u{n},p{1 + n % 3},4,,2024-02-01 10:00:00" for n in range(20)]
    shop.drop("a.csv", *right, *(half.format(n, 1 + n % 3) for n in range(20)))
    return shop


def test_a_drop_whose_columns_change_order_halfway_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = swapped_halfway(tmp_path, "p{1},u{0},5,,2024-03-01 10:00:00")
    name = batch_name(run(shop))
    assert (
        f"{name}: user and product are exchanged in 20 of 40 rows, e.g. user 'p1', product 'u0'; "
        f"take it out: python runner.py quarantine set-aside {name}, put the columns in order, and "
        "drop it again"
    ) in caplog.messages


def test_a_drop_with_many_unknown_products_is_told_by_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = swapped_halfway(tmp_path, "u{0},new{1},5,,2024-03-01 10:00:00")
    name = batch_name(run(shop))
    (words,) = (one for one in caplog.messages if one.startswith(name))
    assert words == (
        f"{name}: 20 of 40 rows are of products that data_product.csv does not have, e.g. 'new1', "
        "'new2', 'new3'; put these products there; or, if the drop is wrong, take it out: python "
        f"runner.py quarantine set-aside {name}"
    )


def test_raw_reviews_that_cannot_be_used_stop_the_run_and_nobody_is_to_set_them_aside(
    tmp_path: Path,
) -> None:
    shop = make_shop(tmp_path, ["y,p1,five,,,2024-02-01"] * 20)
    with pytest.raises(DataError) as caught:
        run(shop)
    assert str(caught.value).startswith(f"{shop.reviews}: 20 of 20 rows are refused")
    assert "set-aside" not in str(caught.value)


def test_attributes_of_other_products_stop_the_run(tmp_path: Path) -> None:
    shop = make_shop(
        tmp_path, attributes=[f"q{number},water,,,,,,," for number in range(20)]
    )
    with complains(DataError, shop.attributes, "20 of 20 rows", "product_unknown"):
        run(shop)


def test_a_drop_of_another_ending_is_named_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(tmp_path)
    for name in ("A.CSV", "b.txt", "c.csv.gz"):
        shop.drop(name, GOOD)
    (shop.staging / "folder").mkdir()
    before = snapshot(shop.staging)
    run(shop)
    assert snapshot(shop.staging) == before
    for words in (
        "A.CSV: left where it is: only files that end in .csv are taken; rename it",
        "b.txt: left",
        "c.csv.gz: left",
        "folder: left",
    ):
        assert words in caplog.text


def without_products(tmp_path: Path, *products: str) -> Shop:
    """A shop of its own file of interactions, 20 of each of these products, and no other file."""
    shop = make_shop(tmp_path)
    for path in shop.raw.iterdir():
        path.unlink()
    rows = [f"u{n},{one},5,2024-01-01," for one in products for n in range(20)]
    (shop.raw / "a.csv").write_text(lines("user,item,stars,when,note", rows))
    form = interactions().model_dump()
    shop.configure(source={"interactions": [form], "products": []})
    return shop


def test_products_in_two_forms_are_told_without_a_file_of_products(
    tmp_path: Path,
) -> None:
    shop = without_products(tmp_path, "8017", "8017.0", "8018")
    with complains(
        DataError, "products_in_another_form is 33.3%", "'8017.0' for '8017'"
    ):
        run(shop)
    shop = without_products(tmp_path / "b", "8017.0", "8018", "sku-1")
    odd = run(shop)["odd"]
    assert (odd["products_in_another_form"], odd["unknown_products"]) == (0.0, 0.0)
