"""Names of columns, without their form."""

import unicodedata
from typing import Literal

import pytest

from recsys.source import words


@pytest.mark.parametrize("name", ["user_id", "User ID", "userId", "USER-ID"])
def test_a_name_in_any_form(name: str) -> None:
    assert words.bare(name) in words.USER


def test_all_words_are_bare_and_stand_once() -> None:
    for listed in (
        words.USER,
        words.PRODUCT,
        words.TIME,
        words.RATING,
        words.TEXT,
        words.UNDONE,
    ):
        assert list(listed) == list(dict.fromkeys(map(words.bare, listed)))


def test_weights_are_from_minus_1_to_1_and_a_purchase_is_1() -> None:
    assert all(-1 <= weight <= 1 for weight in words.EVENT_WEIGHTS.values())
    assert words.EVENT_WEIGHTS["purchase"] == 1


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Khách hàng", words.USER),
        ("Sản phẩm", words.PRODUCT),
        ("Thời gian", words.TIME),
        ("Đánh giá", words.RATING),
        ("Số sao", words.RATING),
        ("Điểm", words.RATING),
        ("Bình luận", words.TEXT),
        ("Nội dung", words.TEXT),
        ("Puntuación", words.RATING),
        ("Geändert am", words.CHANGED),
        ("ＲＡＴＩＮＧ", words.RATING),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_make_no_difference(
    name: str, listed: tuple[str, ...], form: Literal["NFC", "NFD"]
) -> None:
    written = unicodedata.normalize(form, name)
    for text in (written, written.upper()):
        assert not set(words.spellings(text)).isdisjoint(listed)


def test_an_umlaut_is_written_in_two_ways_and_a_sharp_s_is_ss() -> None:
    assert words.spellings("Größe") == ("grosse", "groesse")
    assert words.by_name(["Zurück", "zuruck", "b"]) == {
        "zuruck": "Zurück",
        "zurueck": "Zurück",
        "b": "b",
    }


@pytest.mark.parametrize(
    "status",
    [
        *(
            "cancelled",
            "storniert",
            "Cancelado",
            "annulée",
            "remboursé",
            "zurückgegeben",
        ),
        *("Zurueckgegeben", "CANCELED_BY_USER", "orderCancelled", "partially_refunded"),
        *("Canceled by customer", "Refunded (partial)", "Khách đã hoàn tiền"),
        *("Chuyển hoàn", "Giao hàng thất bại", "Khách không nhận", "Payment void"),
        *("hủy", "huy", "Huỷ", "đã hủy", "Đã_Huỷ", "đơn hủy"),
    ],
)
def test_a_status_of_an_order_that_came_to_nothing(status: str) -> None:
    assert words.is_undone(status)
    assert words.is_undone(unicodedata.normalize("NFD", status))


@pytest.mark.parametrize(
    "status",
    [
        "paid",
        "",
        "đã giao",
        "Hoàn thành",
        "Đã hoàn thành",
        "Anh Huy",
        "livré",
        "Returns",
        "-",
        "voiding",
    ],
)
def test_any_other_status(status: str) -> None:
    assert not words.is_undone(status)


def test_a_text_has_to_be_the_word_alone() -> None:
    assert words.is_undone("Refunded", is_text=True)
    assert not words.is_undone("I returned it", is_text=True)


@pytest.mark.parametrize(
    "status",
    ["Bom hàng", "Giao không thành công", "Отменён", "已取消", "キャンセル", "Storno"],
)
def test_orders_that_came_to_nothing_in_other_words(status: str) -> None:
    assert words.is_undone(status)


@pytest.mark.parametrize(
    ("status", "is_done"),
    [
        ("Completed", True),
        ("wc-processing", True),
        ("On hold", True),
        ("Đã giao", True),
        ("Hoàn thành", True),
        ("zugestellt", True),
        ("closed", False),
        ("Return", False),
        ("3", False),
        ("", False),
    ],
)
def test_orders_that_are_on_their_way_or_there(status: str, is_done: bool) -> None:
    assert words.is_done(status) is is_done
