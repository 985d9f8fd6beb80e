"""The generated shop keeps the contract, its own promises, and its bytes."""

import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from bench.shop import generate
from bench.shop.reviews import SPAN_DAYS
from tests.bench.shop.files import (
    ATTRIBUTES,
    FILES,
    PRODUCTS,
    REVIEWS,
    SMALL,
    contents,
    make,
    table,
    written,
)


def test_without_options_it_is_the_sample_shop_of_data_sample(
    default_shop: Path,
) -> None:
    for name in FILES:
        assert (default_shop / name).read_bytes() == (
            ROOT / "data/sample" / name
        ).read_bytes(), name


def test_same_arguments_same_bytes_whatever_the_environment(
    small_shop: Path, tmp_path: Path
) -> None:
    for number, environment in enumerate(
        (
            {"PYTHONHASHSEED": "1", "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "PYTHONUTF8": "0"},
        )
    ):
        folder = tmp_path / str(number)
        subprocess.run(
            [sys.executable, "-m", "bench.shop.generate", str(folder), *SMALL],
            check=True,
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
        )
        assert contents(folder) == contents(small_shop)


def test_another_seed_is_another_shop(small_shop: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other", *SMALL, "--seed", "8")
    assert not set(contents(other)) & set(contents(small_shop))


def test_columns_are_the_contract(default_shop: Path) -> None:
    assert ",".join(table(default_shop, REVIEWS)[0]) == (
        "user_id,product_id,rating,comment,processed_comment,cmt_date"
    )
    assert ",".join(table(default_shop, PRODUCTS)[0]) == (
        "product_id,product_name,brand,type,price,avg_star,num_sold_time,processed_description"
    )
    assert ",".join(table(default_shop, ATTRIBUTES)[0]) == (
        "product_id,ingredient,feature,skin_type,capacity,design,brand,expiry,origin"
    )


def test_files_are_small_utf8_without_bom_and_end_rows_with_a_newline(
    default_shop: Path,
) -> None:
    assert sum(map(len, contents(default_shop))) < 3_000_000
    for content in contents(default_shop):
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        assert content.endswith(b"\n")


def test_every_reviewed_product_has_one_page_and_one_row_of_attributes(
    default_shop: Path,
) -> None:
    pages = [row[0] for row in table(default_shop, PRODUCTS)[1:]]
    assert pages == [row[0] for row in table(default_shop, ATTRIBUTES)[1:]]
    assert len(set(pages)) == len(pages) == 300
    assert all(len(page) == 9 and page.isdigit() for page in pages)
    assert {row[1] for row in table(default_shop, REVIEWS)[1:]} <= set(pages)


def test_the_newest_review_is_of_the_day_asked_for(tmp_path: Path) -> None:
    rows = written(make(tmp_path / "shop", *SMALL, "--until", "2025-03-31"))
    minutes = [datetime.fromisoformat(row[5]) for row in rows]
    assert minutes == sorted(minutes)
    assert minutes[-1].date() == date(2025, 3, 31)
    assert (minutes[-1] - minutes[0]).days < SPAN_DAYS


def test_shares_of_stars_empty_comments_and_reviews_per_user(
    default_shop: Path,
) -> None:
    rows = written(default_shop)
    stars, per_user = Counter(row[2] for row in rows), Counter(row[0] for row in rows)
    assert 0.80 <= stars["5"] / len(rows) <= 0.95
    assert 0.08 <= sum(row[3] == "" for row in rows) / len(rows) <= 0.13
    assert 1.8 <= len(rows) / len(per_user) <= 2.0
    assert sum(count >= 2 for count in per_user.values()) >= 900
    assert max(per_user.values()) >= 20


def test_no_comments_empties_the_comments_only(
    small_shop: Path, tmp_path: Path
) -> None:
    bare = table(
        make(tmp_path / "bare", *SMALL, "--no-comments", "--no-dirty"), REVIEWS
    )[1:]
    full = table(make(tmp_path / "full", *SMALL, "--no-dirty"), REVIEWS)[1:]
    assert bare == [[*row[:3], "", "", row[5]] for row in full]


@pytest.mark.parametrize(
    ("users", "reviews", "expected"),
    [
        (None, None, (3000, 5700)),
        (100, None, (100, 190)),
        (None, 369_000, (300_000, 369_000)),
        (10, 10, (10, 10)),
    ],
)
def test_plan_sizes(
    users: int | None, reviews: int | None, expected: tuple[int, int]
) -> None:
    assert generate.plan_sizes(users, 300, reviews) == generate.Sizes(
        expected[0], 300, expected[1]
    )


def test_the_smallest_shop_can_be_made(tmp_path: Path) -> None:
    smallest = ("--users", "10", "--reviews", "10", "--products", "10")
    assert len(table(make(tmp_path / "dirty", *smallest), PRODUCTS)) == 11
    assert (
        len(
            {
                row[0]
                for row in written(make(tmp_path / "clean", *smallest, "--no-dirty"))
            }
        )
        == 10
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--users", "-5"),
            "-5 users and 300 products: a shop has at least 10 of each",
        ),
        (
            ("--products", "0"),
            "3000 users and 0 products: a shop has at least 10 of each",
        ),
        (
            ("--users", "100", "--reviews", "99"),
            "99 reviews of 100 users: every user writes at least one",
        ),
        (("--seed", "-1"), "seed -1: 0 or more, please"),
    ],
)
def test_sizes_that_make_no_shop_end_with_one_message(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    message: str,
) -> None:
    assert generate.main([str(tmp_path / "shop"), *options]) == 2
    assert capsys.readouterr().err == f"bench.shop.generate: {message}\n"
    assert not (tmp_path / "shop").exists()


def test_a_file_in_place_of_the_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("keep me")
    assert generate.main([str(tmp_path / "file")]) == 2
    assert generate.main([str(tmp_path / "file" / "shop")]) == 2
    first, _ = capsys.readouterr().err.splitlines()
    assert first == f"bench.shop.generate: {tmp_path / 'file'} is a file: name a folder"
    assert (tmp_path / "file").read_text() == "keep me"


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "0001-05-05"])
def test_a_day_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    with pytest.raises(SystemExit) as end:
        generate.main([str(tmp_path), "--until", day])
    assert end.value.code == 2
    assert (
        f"argument --until: '{day}' is no day such as 2026-11-01"
        in capsys.readouterr().err
    )
