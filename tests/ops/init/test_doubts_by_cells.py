"""What stands in columns whose names say nothing, and names with accents."""

from pathlib import Path

import pytest

from ops.init import doubts
from ops.init.doubts import Doubt
from ops.init.plan import UnclearError
from ops.init.roles import roles_of
from tests.ops.init.mapped import form, planned
from tests.ops.init.now import NOW

T = "2024-01-05"
STARS = ("5", "4", "1", "5", "3", "2")
VIETNAMESE = "Khách hàng,Sản phẩm,Đánh giá,Bình luận,Thời gian"


def test_a_vietnamese_shop_is_taken_for_what_it_is(tmp_path: Path) -> None:
    rows = [f"k{at},s{at % 3},{at % 5 + 1},tốt,{T}" for at in range(20)]
    entry = planned(tmp_path, VIETNAMESE, *rows).entry
    assert (entry["user"], entry["product"]) == ("Khách hàng", "Sản phẩm")
    assert (entry["rating"], entry["text"]) == ("Đánh giá", ["Bình luận"])


def asked(folder: Path, name: str, *cells: str, **given: str) -> Doubt | None:
    rows = [f'u{at},p{at % 2},{T},"{cell}"' for at, cell in enumerate(cells)]
    one = form(folder, f"user,item,date,{name}", *rows)
    roles = roles_of(one, given, NOW)
    return doubts.of_rating(one, roles, given) or doubts.of_event(one, roles, given)


@pytest.mark.parametrize("name", ["hvezdy", "q1", "Mức độ hài lòng", "Zufriedenheit"])
@pytest.mark.parametrize(
    "cells", [STARS, ("4,5", "5", "5", "0", ""), tuple(map(str, range(1, 11))) * 2]
)
def test_numbers_of_a_rating_under_any_name_are_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    cells = (*cells, "3,5", "3,5") if "4,5" in cells else cells
    found = asked(tmp_path, name, *cells)
    assert found is not None
    assert f"is the column {name!r} (" in found.question
    assert (found.option, found.example) == ("--rating", name)
    assert asked(tmp_path, name, *cells, rating="none") is None
    assert asked(tmp_path, name, *cells, rating=name) is None


@pytest.mark.parametrize(
    "name", ["valoracion", "Valoración", "puan", "Sao", "Hodnocení"]
)
def test_more_names_of_ratings_are_known(tmp_path: Path, name: str) -> None:
    rows = [f"u{at},p{at % 2},{T},{cell}" for at, cell in enumerate(STARS)]
    one = planned(tmp_path, f"user,item,date,{name}", *rows)
    assert one.entry["rating"] == name


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("bought", ("1", "1", "2", "1", "5", "1", "3")),  # mostly the lowest
        ("Lineitem quantity", STARS),
        ("Số lượng", STARS),
        ("categoryId", STARS),
        ("Stück", STARS),
        ("flag", ("0", "1", "1")),
        ("x", ("5", "5", "5")),
        ("x", ("1", "2", "3", "4", "5")),  # another one in each row
        ("x", ("1", "2", "7", "4", "5", "5")),
        ("x", ("10", "5", "10", "0")),
        ("x", ("9.90", "4.50", "5.00", "5.00")),
        ("x", ("-5", "5", "4", "3", "5")),
        ("x", ("5", "4", "3", "3", "a")),
        ("text", STARS),
    ],
)
def test_other_numbers_are_no_ratings(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    assert asked(tmp_path, name, *cells) is None


@pytest.mark.parametrize(
    "cell", ["đã hủy", "Huỷ", "annulée", "zurückgegeben", "Refunded (partial)"]
)
def test_cancelled_orders_in_any_words_are_asked_for(tmp_path: Path, cell: str) -> None:
    with pytest.raises(UnclearError, match="are these purchases") as caught:
        planned(
            tmp_path, "user,item,date,Status", f"u,p,{T},đã giao", f"v,p,{T},{cell}"
        )
    assert caught.value.option == "--event"


def test_a_product_or_a_text_with_such_a_word_is_no_status(tmp_path: Path) -> None:
    rows = [f"u,Void returned {at % 2},{T},I returned it" for at in range(4)]
    assert planned(tmp_path, "user,item,date,text", *rows).entry["event"] == ""


@pytest.mark.parametrize(
    ("name", "cells", "unknown"),
    [
        ("status", ("paid", "closed"), "closed"),
        ("Trạng thái đơn hàng", ("Hoàn thành", "Giao lại"), "Giao lại"),
        ("order_status", ("1", "2", "3"), "1, 2, 3"),
    ],
)
def test_a_status_that_is_not_known_is_asked_for(
    tmp_path: Path, name: str, cells: tuple[str, ...], unknown: str
) -> None:
    rows = [f"u{at},p{at % 2},{T},{cell}" for at, cell in enumerate(cells)]
    with pytest.raises(UnclearError, match="are these purchases") as caught:
        planned(tmp_path, f"user,item,date,{name}", *rows)
    assert f"{unknown} in the column {name!r}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("status", ("paid", "shipped", "wc-on-hold", "Đã giao")),
        ("status", ("closed", "closed")),  # one kind tells nothing apart
        ("state", ("CA", "NY")),
    ],
)
def test_what_is_on_its_way_is_a_purchase(
    tmp_path: Path, name: str, cells: tuple[str, ...]
) -> None:
    rows = [f"u{at},p{at % 2},{T},{cell}" for at, cell in enumerate(cells)]
    assert planned(tmp_path, f"user,item,date,{name}", *rows).entry["event"] == ""
