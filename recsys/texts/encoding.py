"""Product texts, and their vectors by the encoder that params.yaml names."""

from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

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
    is said.
    """
    is_blank = [pl.col(name).str.strip_chars() == "" for name in TEXT_COLUMNS]
    joined = pl.concat_str(TEXT_COLUMNS, separator=SEPARATOR)
    text = pl.when(pl.all_horizontal(is_blank)).then(pl.lit("")).otherwise(joined)
    return products.select(text).to_series().to_list()


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
