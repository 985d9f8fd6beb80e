"""Which of the three files are missing, what lies beside them, and when the sample runs."""

import shutil
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.intake.raw_files import check_files, folder_of, unknown_files
from recsys.program.errors import DataError
from recsys.shop_csv.contract import REVIEWS
from tests.recsys.source.mapping import interactions
from tests.stages.merging import run
from tests.worlds import DROP_COLUMNS, Shop, complains, lines, make_shop

OF_SAMPLE = "801809673"  # a product of it


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A clone: the sample shop beside an empty data/raw. The shop's own files lie in `own`."""
    shop = make_shop(tmp_path)
    shop.raw.rename(tmp_path / "own")
    shop.raw.mkdir()
    shutil.copytree(ROOT / "data/sample", shop.sample, dirs_exist_ok=True)
    return shop


def put_own(shop: Shop) -> None:
    shutil.copytree(shop.folder / "own", shop.raw, dirs_exist_ok=True)


def test_the_sample_runs_and_the_log_says_how_to_use_own_files(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    found = run(shop)
    assert found["sample"] is True and found["products"] == 300
    (line,) = (one for one in caplog.messages if "sample shop" in one)
    assert line == (
        f"the sample shop in {shop.sample} runs, as no CSV file is in {shop.raw}; put your three "
        "files there, or run `python runner.py init FILE ...` with any files (docs/your-data.md)"
    )


def test_three_own_files_are_used_without_more_and_nothing_of_the_sample(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    run(shop)
    put_own(shop)
    caplog.clear()
    found = run(shop)
    assert found["sample"] is False
    assert (found["read"], found["products"]) == (7, 3)
    assert "sample" not in caplog.text


@pytest.mark.parametrize("name", ["data_product.csv", "data_product_attribute.csv"])
def test_the_sample_never_stands_in_for_one_file(shop: Shop, name: str) -> None:
    put_own(shop)
    (shop.raw / name).unlink()
    with complains(DataError, shop.raw / f"{name} (product_id", "no such file", "init"):
        run(shop)


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").touch()
    with complains(
        DataError,
        f"{tmp_path}/data_reviews_purchase.csv (user_id,",
        f"and {tmp_path}/data_product.csv (product_id,",
        f"and {tmp_path}/data_product_attribute.csv (product_id,",
        f"`python runner.py init {tmp_path}/orders.csv` take",
    ):
        check_files(tmp_path)


def test_a_shop_whose_files_are_gone_does_not_become_the_sample(shop: Shop) -> None:
    put_own(shop)
    run(shop)
    kept = shop.metrics.read_bytes()
    for path in shop.raw.iterdir():
        path.unlink()
    with complains(DataError, REVIEWS.file, "put the files back", f"cp {shop.sample}"):
        run(shop)
    assert shop.metrics.read_bytes() == kept
    for path in shop.sample.iterdir():
        shutil.copyfile(path, shop.raw / path.name)
    assert run(shop)["sample"] is True


def test_drops_of_the_sample_are_not_mixed_with_own_files(shop: Shop) -> None:
    shop.drop("a.csv", f"z,{OF_SAMPLE},5,,2024-02-01 10:00:00")
    found = run(shop)
    assert (found["read"], found["blocked"]) == (6836, {})
    put_own(shop)
    found = run(shop)
    assert found["read"] == 7
    (fault,) = found["blocked"].values()
    assert "1 of 1 rows are of products of the sample shop" in fault


def test_nor_with_a_shop_that_has_a_mapping_and_no_file_of_products(
    shop: Shop,
) -> None:
    shop.drop("a.csv", f"z,{OF_SAMPLE},5,,2024-02-01 10:00:00")
    run(shop)
    rows = ["u,p1,5,2024-01-01,", "u,p2,5,2024-01-02,"]
    (shop.raw / "a.csv").write_text(lines("user,item,stars,when,note", rows))
    source = {"interactions": [interactions().model_dump()], "products": []}
    shop.configure(source=source)
    found = run(shop)
    assert (found["read"], len(found["blocked"])) == (2, 1)


def test_own_drops_are_not_mixed_with_the_sample(shop: Shop) -> None:
    path = shop.staging / "a.csv"
    path.write_text(lines(DROP_COLUMNS, ["z,p1,5,,2024-02-01 10:00:00"]))
    found = run(shop)
    assert (found["read"], len(found["blocked"])) == (6835, 1)
    assert "it is the one of the sample shop" in str(found["blocked"])


def test_without_a_sample_the_folder_is_that_of_the_shop(shop: Shop) -> None:
    assert folder_of(shop.raw, None, shop.batches) == shop.raw


def test_what_nobody_reads_in_the_folder_of_the_raw_files_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(tmp_path)
    (shop.raw / ".gitkeep").touch()
    assert unknown_files(shop.raw) == []
    for name in ("Data_Product.CSV", "reviews.xlsx"):
        (shop.raw / name).touch()
    product, sheet = unknown_files(shop.raw)
    assert product.startswith(
        f"{shop.raw}/Data_Product.CSV: not read; rename it to data_product.csv, or else only"
    )
    assert sheet.startswith(
        f"{shop.raw}/reviews.xlsx: not read; only data_reviews_purchase.csv, "
        "data_product.csv, data_product_attribute.csv are"
    )
    assert all("python runner.py init" in line for line in (product, sheet))
    run(shop)
    assert "reviews.xlsx: not read" in caplog.text


def test_beside_the_shops_own_files_all_of_them_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is advised reads all files, the former ones, too."""
    shop = make_shop(tmp_path)
    raw = shop.raw
    for path in raw.iterdir():
        path.unlink()
    (raw / "a.csv").write_text(
        lines("user,item,stars,when,note", ["u,p,5,2024-01-01,"])
    )
    (raw / "april 4.csv").touch()
    (raw / "data_product.csv").touch()
    shop.configure(
        source={"interactions": [interactions().model_dump()], "products": []}
    )
    run(shop)
    told = (
        f"{raw}/april 4.csv: not read; source of params.yaml names a.csv; to read it, too: python "
        f"runner.py init {raw}/a.csv '{raw}/april 4.csv', or if it has new rows of the same form: "
        f"mv '{raw}/april 4.csv' data/staging/"
    )
    assert told in caplog.messages
    assert f"{raw}/data_product.csv: not read" in caplog.text
    (table, *_) = unknown_files(raw, [])
    assert "source of params.yaml names tables only" in table
