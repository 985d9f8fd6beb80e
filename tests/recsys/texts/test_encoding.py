"""A product's text is what the shop says of it, and the encoder's id names the space."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.texts.encoding import (
    EncodingParams,
    encode,
    product_texts,
    without_vector,
)
from tests.recsys.pretrained.tiny_models import make_roberta

COLUMNS = ["product_id", "product_name", "processed_description", "feature"]


def products(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def params(**changes: object) -> EncodingParams:
    values = {
        "encoder": "lexical",
        "dimension": 3,
        "model": "none/none",
        "revision": "main",
        "batch_size": 2,
        "max_length": 16,
        "device": "cpu",
        "segmenter": "none",
        "seed": 42,
    }
    return EncodingParams.model_validate(values | changes)


def test_the_text_is_name_description_and_feature() -> None:
    table = products(("p2", "kem dưỡng ẩm", "da khô", "dịu"))
    assert product_texts(table) == ["kem dưỡng ẩm [SEP] da khô [SEP] dịu"]


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_product_of_which_nothing_is_said_has_no_text(blank: str) -> None:
    table = products(("p1", blank, "", blank), ("p2", "", "da khô", ""))
    assert product_texts(table) == ["", " [SEP] da khô [SEP] "]


def test_the_lexical_encoder_reads_no_cache_and_its_id_says_dimension_and_seed(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "vectors.db"
    vectors, encoder = encode(["kem da khô", "kem da dầu", ""], params(), cache)
    assert vectors.shape == (3, 3)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0])
    assert encoder == "lexical-3-42"
    assert not cache.exists()


def test_the_transformer_has_the_width_of_its_model_and_fills_the_cache(
    tmp_path: Path,
) -> None:
    model, cache = make_roberta(tmp_path / "tiny", seed=0), tmp_path / "vectors.db"
    settings = params(encoder="transformer", model=str(model))
    vectors, encoder = encode(["kem da khô", ""], settings, cache)
    assert vectors.shape == (2, 16)
    assert encoder.startswith("tiny@")
    assert cache.exists()


def test_what_nobody_sees_is_not_in_the_text() -> None:
    (text,) = product_texts(
        products(("p1", "kem\u200b  dư\u00adỡng", "da\u00a0khô", ""))
    )
    assert text == "kem dưỡng [SEP] da khô [SEP] "


def test_texts_without_a_vector_are_told_and_blank_ones_are_not() -> None:
    vectors = np.array([[1, 0], [0, 0], [0, 0]], np.float32)
    assert without_vector(["kem", "", "son [SEP] "], vectors) == [2]
