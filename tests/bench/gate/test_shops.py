"""The files that the gate is shown: what is kept back, drawn anew, or left of a shop."""

from pathlib import Path

import pytest

from bench.gate import shops
from bench.gate.shops import Row


def rows(count: int) -> list[Row]:
    return [
        {
            "user_id": f"u{at % 7}",
            "product_id": f"p{at % 3}",
            "rating": "5",
            "comment": 'đẹp, "rất"\ntốt',
            "processed_comment": "",
            "cmt_date": f"2026-01-01 00:{at:02}:00",
        }
        for at in range(count)
    ]


def test_the_newest_are_kept_back_and_nothing_is_lost() -> None:
    old, new = shops.split(rows(40))
    assert (len(old), len(new)) == (38, 2)
    assert max(row["cmt_date"] for row in old) < min(row["timestamp"] for row in new)
    assert list(new[0]) == ["user_id", "product_id", "rating", "comment", "timestamp"]


def test_random_taste_keeps_who_bought_how_much_and_what_was_bought_how_often() -> None:
    before, after = rows(40), shops.of_random_taste(rows(40))
    for column in ("user_id", "cmt_date"):
        assert [row[column] for row in before] == [row[column] for row in after]
    products = [[row["product_id"] for row in each] for each in (before, after)]
    assert products[0] != products[1] and sorted(products[0]) == sorted(products[1])


def test_few_customers_are_those_with_most_reviews() -> None:
    few = shops.of_few(rows(37), 2)
    assert {row["user_id"] for row in few} == {"u0", "u1"} and len(few) == 12


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    shops.write(path, rows(3))
    assert shops.read(path) == rows(3)


def test_a_folder_without_a_shop_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shops.main([str(tmp_path)]) == 2
    assert shops.REVIEWS in capsys.readouterr().err
