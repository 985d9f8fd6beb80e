"""The generated shop keeps the contract, its own promises, and its bytes."""

import csv
import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.shop import generate, words

REPOSITORY = Path(generate.__file__).parents[2]
REVIEWS, PRODUCTS, ATTRIBUTES = (
    "data_reviews_purchase.csv",
    "data_product.csv",
    "data_product_attribute.csv",
)
FILES = (REVIEWS, PRODUCTS, ATTRIBUTES)
SMALL = ("--users", "200", "--products", "40")


def make(folder: Path, *options: str) -> Path:
    assert generate.main([str(folder), *options]) == 0
    return folder


def table(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def is_clean(row: list[str]) -> bool:
    return (
        len(row) == 6
        and all((row[0], row[1]))
        and row[2] in set("12345")
        and row[5] != generate.NO_SUCH_DAY
    )


def written(folder: Path) -> list[list[str]]:
    """Clean rows, one per review: the first of each run with the same user, comment and minute."""
    clean = [row for row in table(folder, REVIEWS)[1:] if is_clean(row)]
    return [next(run) for _, run in groupby(clean, key=lambda row: (row[0], row[3], row[5]))]


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


@pytest.fixture(scope="module")
def default_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("small"), *SMALL)


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
            cwd=REPOSITORY,
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


def test_files_are_small_utf8_without_bom_and_end_rows_with_a_newline(default_shop: Path) -> None:
    assert sum(map(len, contents(default_shop))) < 3_000_000
    for content in contents(default_shop):
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        assert content.endswith(b"\n")


def test_every_reviewed_product_has_one_page_and_one_row_of_attributes(default_shop: Path) -> None:
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
    assert (minutes[-1] - minutes[0]).days < generate.SPAN_DAYS


def test_shares_of_stars_empty_comments_and_reviews_per_user(default_shop: Path) -> None:
    rows = written(default_shop)
    stars, per_user = Counter(row[2] for row in rows), Counter(row[0] for row in rows)
    assert 0.80 <= stars["5"] / len(rows) <= 0.95
    assert 0.08 <= sum(row[3] == "" for row in rows) / len(rows) <= 0.13
    assert 1.8 <= len(rows) / len(per_user) <= 2.0
    assert sum(count >= 2 for count in per_user.values()) >= 900
    assert max(per_user.values()) >= 20


def test_a_tenth_of_the_products_has_a_third_of_the_reviews(default_shop: Path) -> None:
    counts = sorted(Counter(row[1] for row in written(default_shop)).values(), reverse=True)
    assert sum(counts[:30]) > sum(counts) / 3


def test_processed_comments_are_trimmed_and_lower_case(default_shop: Path) -> None:
    rows = [row for row in table(default_shop, REVIEWS)[1:] if is_clean(row)]
    assert all(row[4] == row[3].strip().lower() for row in rows)
    text = "".join(row[3] for row in rows)
    assert all(mark in text for mark in ("\n", '"', ",", "😍"))


def test_every_kind_of_dirty_row_is_there_and_they_are_few(
    small_shop: Path, default_shop: Path
) -> None:
    for folder in (small_shop, default_shop):
        rows = table(folder, REVIEWS)[1:]
        full = [row for row in rows if len(row) == 6]
        assert {"0", "6", "năm sao", ""} <= {row[2] for row in full}
        assert generate.NO_SUCH_DAY in {row[5] for row in full}
        assert "" in {row[0] for row in full}
        assert len(full) < len(rows)
        assert any(one == two for one, two in pairwise(rows))
    assert 0.002 < sum(not is_clean(row) for row in rows) / len(rows) < 0.004


def test_no_dirty_has_none_and_leaves_the_other_rows_alone(
    small_shop: Path, tmp_path: Path
) -> None:
    clean_shop = make(tmp_path / "clean", *SMALL, "--no-dirty")
    clean, dirty = table(clean_shop, REVIEWS)[1:], table(small_shop, REVIEWS)[1:]
    assert all(map(is_clean, clean))
    assert len(set(map(tuple, clean))) == len(clean)
    assert {tuple(row) for row in dirty if is_clean(row)} <= set(map(tuple, clean))
    assert len(clean) == len(dirty) - 1  # one of each kind, and only the duplicate adds a row


def test_no_comments_empties_the_comments_only(small_shop: Path, tmp_path: Path) -> None:
    bare = table(make(tmp_path / "bare", *SMALL, "--no-comments", "--no-dirty"), REVIEWS)[1:]
    full = table(make(tmp_path / "full", *SMALL, "--no-dirty"), REVIEWS)[1:]
    assert bare == [[*row[:3], "", "", row[5]] for row in full]


def test_a_cross_listed_review_is_on_each_page_of_its_family(default_shop: Path) -> None:
    name = {row[0]: row[1] for row in table(default_shop, PRODUCTS)[1:]}
    rows = [row for row in table(default_shop, REVIEWS)[1:] if is_clean(row) and row[3]]
    runs = [list(run) for _, run in groupby(rows, key=lambda row: (row[0], row[3], row[5], row[2]))]
    shared = [pages for run in runs if len(pages := {row[1] for row in run}) > 1]
    assert 0.12 < len(shared) / len(runs) < 0.20
    for pages in shared:
        assert len({name[page].removeprefix("Combo 2 ").rsplit(" Cho ")[0] for page in pages}) == 1


def test_ids_with_leading_zeros_are_users_of_their_own(default_shop: Path) -> None:
    assert {"7", "007", "407", "00407"} <= {row[0] for row in written(default_shop)}
    assert len({generate.user_name(number) for number in range(1, 2001)}) == 2000


def test_later_purchases_match_the_first_one_s_skin_type_more_than_chance(
    default_shop: Path,
) -> None:
    skins = {row[0]: set(row[3].split("|")) - {""} for row in table(default_shop, ATTRIBUTES)[1:]}
    told = {page for page, types in skins.items() if types and types != {words.ALL_SKINS}}
    by_user: dict[str, list[str]] = {}
    for row in written(default_shop):
        by_user.setdefault(row[0], []).append(row[1])
    pairs = [
        (pages[0], pages[-1])
        for pages in by_user.values()
        if pages[0] != pages[-1] and {pages[0], pages[-1]} <= told
    ]
    others = np.random.default_rng(0).permutation([last for _, last in pairs]).tolist()
    match = np.mean([bool(skins[first] & skins[last]) for first, last in pairs])
    chance = np.mean(
        [bool(skins[pair[0]] & skins[other]) for pair, other in zip(pairs, others, strict=True)]
    )
    assert len(pairs) > 300
    assert match > chance + 0.2


def test_most_dislikes_are_of_products_that_misfit_or_are_poor() -> None:
    rng = np.random.default_rng(1)
    catalogue = generate.make_catalogue(300, rng)
    taste = generate.make_taste(3000, catalogue, rng)
    reviews = generate.make_reviews(generate.draw_users(3000, 5700, rng), taste, catalogue, rng)
    dislike = reviews.rating <= 3
    assert (reviews.mismatch | catalogue.poor[reviews.product])[dislike].mean() > 0.7


def test_comments_of_five_stars_never_blame_and_of_one_star_never_praise() -> None:
    rng, blame = np.random.default_rng(2), words.BLAME_OPENERS + words.BLAME_ENDS
    praise = words.PRAISE_OPENERS + words.PRAISE_ENDS
    for dice in rng.integers(2**31, size=(500, words.COMMENT_DICE)).tolist():
        for stars, foreign in ((5, blame), (1, praise)):
            text = words.compose(
                stars, bool(dice[0] % 2), words.SKINS[0], words.CATEGORIES[0], dice
            )
            assert not any(phrase.rstrip(".") in text for phrase in foreign)


def test_compose_known_answers() -> None:
    skin, category = words.SKINS[1], words.CATEGORIES[1]
    zeros = [0] * 9
    assert words.compose(5, False, skin, category, [11, *zeros]) == ""
    assert words.compose(5, False, skin, category, [9912, *zeros]) == "Tốt"
    medium = [9938, 0, 1, 0, 0, 0, 0, 2, 0, 0]
    assert words.compose(1, True, skin, category, medium) == (
        "Rất thất vọng về sữa rửa mặt này, không hợp với da khô của mình, khô căng, bong tróc"
    )


def test_shelf_gives_a_loyal_user_only_the_favourite_brand() -> None:
    rng = np.random.default_rng(3)
    catalogue = generate.make_catalogue(60, rng)
    taste = generate.make_taste(50, catalogue, rng)
    user = np.repeat(np.arange(50, dtype=np.int32), 4)
    product = generate.Shelf(catalogue).draw(user, generate.Habit((0, 0, 1), (1, 0, 0)), taste, rng)
    assert catalogue.brand[product].tolist() == taste.brands[user, 0].tolist()


def test_draw_index_never_draws_weight_zero() -> None:
    assert generate.draw_index((0, 2, 0), (2, 3), np.random.default_rng(4)).tolist() == [
        [1, 1, 1],
        [1, 1, 1],
    ]


def test_page_ratings_count_a_cross_listed_review_on_every_page_of_the_family() -> None:
    rng = np.random.default_rng(5)
    catalogue = generate.make_catalogue(30, rng)
    lone = int(np.flatnonzero(catalogue.family_size == 1)[0])
    pair = int(np.flatnonzero(catalogue.family_size == 2)[0])
    zeros = np.zeros(3, np.int32)
    reviews = generate.Reviews(
        user=zeros,
        product=np.array([lone, pair, pair], np.int32),
        minute=zeros,
        rating=np.array([5, 4, 1], np.int8),
        mismatch=np.zeros(3, np.bool_),
        pages=np.array([1, 2, 1], np.int8),
    )
    shown, stars = generate.page_ratings(reviews, catalogue)
    assert shown[[lone, pair, pair + 1]].tolist() == [1, 2, 1]
    assert stars[[lone, pair, pair + 1]].tolist() == [5, 4 + 1, 4]
    assert shown.sum() == 4


@pytest.mark.parametrize(
    ("users", "reviews", "expected"),
    [
        (None, None, (3000, 5700)),
        (100, None, (100, 190)),
        (None, 369_000, (300_000, 369_000)),
        (10, 10, (10, 10)),
    ],
)
def test_plan_sizes(users: int | None, reviews: int | None, expected: tuple[int, int]) -> None:
    assert generate.plan_sizes(users, 300, reviews) == generate.Sizes(expected[0], 300, expected[1])


def test_the_smallest_shop_can_be_made(tmp_path: Path) -> None:
    smallest = ("--users", "10", "--reviews", "10", "--products", "10")
    assert len(table(make(tmp_path / "dirty", *smallest), PRODUCTS)) == 11
    assert len({row[0] for row in written(make(tmp_path / "clean", *smallest, "--no-dirty"))}) == 10


def test_brand_names_are_distinct_and_limited() -> None:
    assert len(set(words.brand_names(words.BRANDS))) == words.BRANDS
    with pytest.raises(ValueError, match="401 brands asked, 400 can be named"):
        words.brand_names(401)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--users", "-5"), "-5 users and 300 products: a shop has at least 10 of each"),
        (("--products", "0"), "3000 users and 0 products: a shop has at least 10 of each"),
        (
            ("--users", "100", "--reviews", "99"),
            "99 reviews of 100 users: every user writes at least one",
        ),
        (("--seed", "-1"), "seed -1: 0 or more, please"),
    ],
)
def test_sizes_that_make_no_shop_end_with_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
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
    assert f"argument --until: '{day}' is no day such as 2026-11-01" in capsys.readouterr().err
