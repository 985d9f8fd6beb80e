"""Products by id, brand and type, and those that are hidden."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.program.errors import ConfigError, DataError
from recsys.serving.catalogue import Catalogue, plain
from recsys.shop_csv import cells
from tests.recsys.serving import worlds
from tests.worlds import complains

PLANES = (range(0xD800), range(0xE000, 0x20000), range(0xE0000, 0xE1100))
SIGNS = [chr(code) for plane in PLANES for code in plane]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return worlds.recommender(tmp_path_factory.mktemp("shop")).catalogue


def test_products_are_found_by_their_trimmed_ids(catalogue: Catalogue) -> None:
    assert catalogue.items(["p3", " p1 ", "p3", "p99"]) == [1, 3]
    assert catalogue.unknown(["p3", "p99"]) == ["p99"]
    assert catalogue.item("p4") == 4
    with complains(DataError, "'p99' is not in the model", "10 products"):
        catalogue.item("p99")


@pytest.mark.parametrize("brand", ["Rosa", "rosa", " ROSA "])
def test_a_brand_is_found_however_it_is_written(
    catalogue: Catalogue, brand: str
) -> None:
    assert catalogue.allowed(brand, None).nonzero()[0].tolist() == [0, 2, 4, 6]


def test_brand_and_type_both_count(catalogue: Catalogue) -> None:
    assert catalogue.allowed("Lan", "cream").nonzero()[0].tolist() == [1, 3, 5, 7, 9]
    assert catalogue.allowed(None, None) is None


@pytest.mark.parametrize(
    ("brand", "kind", "words"), [("Nobody", None, "brand"), (None, "", "type")]
)
def test_what_nobody_sells_is_said(
    catalogue: Catalogue, brand: str | None, kind: str | None, words: str
) -> None:
    with complains(ConfigError, "no product of", words):
        catalogue.allowed(brand, kind)


def test_hidden_products_are_not_allowed(catalogue: Catalogue) -> None:
    catalogue.hide(["p0", "p2", "gone"])
    assert catalogue.allowed("Rosa", None).nonzero()[0].tolist() == [4, 6]
    catalogue.hide([])
    assert catalogue.allowed(None, None) is None


def test_delisted_products_are_hidden_too(catalogue: Catalogue) -> None:
    catalogue.hide(["p0", "p2"], ["p2", "p4", "long gone"])
    assert np.flatnonzero(catalogue.hidden).tolist() == [0, 2, 4]
    assert np.flatnonzero(catalogue.delisted).tolist() == [2, 4]
    assert catalogue.not_named == []  # what is no longer in the model need not be
    catalogue.hide(["p0"])
    assert not catalogue.delisted.any()
    catalogue.hide([])


def test_an_id_of_a_delisted_product_is_no_list_of_others(catalogue: Catalogue) -> None:
    """Ids may have commas and remarks; those of products that the model has not say nothing."""
    catalogue.hide([], ["p1,p2", "p3 # old", '"p4"', '"#5"'])
    assert not catalogue.hides
    catalogue.hide([])


def test_a_line_of_the_hide_list_may_have_a_remark_quotes_or_several_ids(
    catalogue: Catalogue,
) -> None:
    catalogue.hide(["p0 # recalled", '"p2"', "p4,p5"])
    assert np.flatnonzero(catalogue.hidden).tolist() == [0, 2, 4, 5]
    assert catalogue.not_named == []
    catalogue.hide(["p1,gone", "0p1", "p3"])
    assert np.flatnonzero(catalogue.hidden).tolist() == [3]
    assert catalogue.not_named == ["p1,gone", "0p1"]
    catalogue.hide([])


# ---- ids, by the rule of the intake ----
def by_the_intake(texts: list[str]) -> tuple[list[str], np.ndarray]:
    """The ids as the data has them, and which of them are refused."""
    read = cells.ids(pa.array(texts, pa.string()))
    return read.values.to_pylist(), read.reasons != ""


@pytest.mark.parametrize("pattern", ["a{}b", "a {}b", "{} a", "a{}"])
def test_every_sign_is_read_as_the_intake_reads_it(pattern: str) -> None:
    texts = [pattern.format(sign) for sign in SIGNS]
    wanted, refused = by_the_intake(texts)
    differ = [
        (text, plain(text), want)
        for text, want, is_refused in zip(texts, wanted, refused, strict=True)
        if not is_refused and plain(text) != want
    ]
    assert differ == []


@given(
    st.text(st.sampled_from("a1 \u00a0\u200b\u00adé\u0301\u2800\u3000đ"), max_size=8)
)
@settings(max_examples=300)
def test_any_mixture_too(text: str) -> None:
    (wanted,), (is_refused,) = by_the_intake([text])
    assert is_refused or plain(text) == wanted


def test_what_nobody_sees_is_no_part_of_an_id() -> None:
    assert plain("an\u00a0 na\u200b ") == "an na"
    assert plain("nguye\u0302\u0303n") == "nguy\u1ec5n"
    assert plain("\u200b") == ""
    assert plain("two  blanks") == "two blanks"
