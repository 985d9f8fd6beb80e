"""Product texts, and their vectors by the encoder that params.yaml names."""

from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from recsys.files.normal_forms import visible
from recsys.texts.lexical import SEPARATOR, lexical
from recsys.texts.transformer import TransformerParams, transformer

TEXT_COLUMNS = ("product_name", "processed_description", "feature")


class EncodingParams(TransformerParams):
    """The section `embed`: which encoder, and the keys of both."""

    encoder: Literal["lexical", "transformer"]
    dimension: int = Field(ge=1, le=4096)  # of lexical
    seed: int = Field(ge=0, lt=1 << 32)  # of lexical


def product_texts(products: pl.DataFrame) -> list[str]:
    """Name [SEP] description [SEP] feature of each product, in the table's order; "" where nothing
    is said. What nobody sees is taken out (recsys/files/normal_forms.py).
    """
    is_blank = [pl.col(name).str.strip_chars() == "" for name in TEXT_COLUMNS]
    joined = pl.concat_str(TEXT_COLUMNS, separator=SEPARATOR)
    text = pl.when(pl.all_horizontal(is_blank)).then(pl.lit("")).otherwise(joined)
    return visible(products.select(text).to_series()).to_list()


def without_vector(texts: list[str], vectors: np.ndarray) -> list[int]:
    """Which texts say something and have a vector of zeros: to their model they are as good as
    blank.
    """
    nothing = np.flatnonzero(~vectors.any(axis=1)).tolist()
    return [at for at in nothing if texts[at].replace(SEPARATOR, "").strip()]


def encode(
    texts: list[str], params: EncodingParams, cache: Path
) -> tuple[np.ndarray, str]:
    """Vectors (texts, dimension) float32 of length 1, zeros for a blank text, and the encoder's id:
    it names the space that they live in.

    `cache` is the transformer's; it changes speed, never results.
    """
    if params.encoder == "transformer":
        return transformer(texts, params, cache)
    vectors = lexical(texts, params.dimension, params.seed)
    return vectors, f"lexical-{params.dimension}-{params.seed}"
