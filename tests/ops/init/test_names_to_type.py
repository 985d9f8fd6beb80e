"""What a message says to type can be typed: letters of any language, accents of any form."""

import shlex
import unicodedata
from pathlib import Path

import pytest

from ops.init.doubts import shown
from ops.init.plan import Answers, UnclearError, interactions_of, products_of
from ops.init.table import cursor_of
from recsys.source.params import InteractionFiles
from tests.ops.init.mapped import form
from tests.ops.init.now import NOW

T = "2024-01-05"
HEADER = "Người mua hộ,Mặt hàng,Đánh giá,Ngày"
ROWS = [f"u{at},p{at % 2},{at % 5 + 1},{T}" for at in range(9)]


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def advised(error: UnclearError) -> list[str]:
    """The words of a shell behind `e.g.` in a message."""
    return shlex.split(str(error).rpartition("e.g. ")[2])


@pytest.mark.parametrize("header", [HEADER, decomposed(HEADER)])
def test_the_advice_is_typed_as_it_stands(tmp_path: Path, header: str) -> None:
    one = form(tmp_path, header, *ROWS)
    with pytest.raises(UnclearError, match="which column is the user") as caught:
        interactions_of(one, Answers(), NOW)
    user = header.split(",")[0]
    assert advised(caught.value) == ["--user", user]
    assert f"(found: {header.replace(',', ', ')})" in str(caught.value)
    columns = {"user": user, "product": header.split(",")[1]}
    assert interactions_of(one, Answers(columns), NOW).entry["user"] == user


@pytest.mark.parametrize("is_decomposed", [True, False])
def test_an_accent_in_any_form_names_the_column(
    tmp_path: Path, is_decomposed: bool
) -> None:
    header = HEADER if is_decomposed else decomposed(HEADER)
    one = form(tmp_path, header, *ROWS)
    user, product, rating, _ = header.split(",")
    typed = {"user": user, "product": product, "text": f"{product}+{rating}"}
    other = (
        decomposed
        if is_decomposed
        else (lambda text: unicodedata.normalize("NFC", text))
    )
    answers = Answers({role: other(name) for role, name in typed.items()})
    entry = InteractionFiles.model_validate(interactions_of(one, answers, NOW).entry)
    assert (entry.user, entry.product) == (user, product)
    assert entry.text == [product, rating]


def test_a_kind_of_event_too(tmp_path: Path) -> None:
    one = form(tmp_path, "user,item,date,event", f"u,p,{T},Thêm vào giỏ", f"v,p,{T},x")
    with pytest.raises(UnclearError, match="have no weight") as caught:
        interactions_of(one, Answers(), NOW)
    assert advised(caught.value) == ["--weight", "Thêm vào giỏ=0.2"]
    answers = Answers(weights={decomposed("Thêm vào giỏ"): 0.5, "x": 0})
    weights = interactions_of(one, answers, NOW).entry["weights"]
    assert weights == {"Thêm vào giỏ": 0.5, "x": 0}


def test_a_status_too(tmp_path: Path) -> None:
    one = form(
        tmp_path, "user,item,date,Trạng thái", f"u,p,{T},đã hủy", f"v,p,{T},xong"
    )
    with pytest.raises(UnclearError, match="đã hủy in the column") as caught:
        interactions_of(one, Answers(), NOW)
    assert "(--event 'Trạng thái' --weight 'đã hủy=0' ...)" in str(caught.value)


def test_a_cursor_and_the_id_of_a_product_too(tmp_path: Path) -> None:
    one = form(tmp_path, "số,tên", "1,a", "2,b", "3,c")
    assert cursor_of(one, decomposed("số")).column == "số"
    assert products_of(one, decomposed("số")).entry["product"] == "số"
    with pytest.raises(UnclearError, match="no column 'số 2'") as caught:
        products_of(one, "số 2")
    assert advised(caught.value) == ["--products-id", "số"]


def test_what_cannot_be_seen_is_shown(tmp_path: Path) -> None:
    assert shown(["a\x1bb", "Käse\u200b", "a\\b"]) == "a\\x1bb, Käse\\u200b, a\\b"
