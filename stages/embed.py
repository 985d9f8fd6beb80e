"""Turn product texts into vectors: text = name [SEP] description [SEP] feature.

reads   products.parquet        product_name, processed_description, feature
writes  items.npz               product_ids (packed UTF-8), vectors (products, dimension) float32, encoder (its id)
"""

import logging
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import Field

from recsys.files.arrays import pack_ids, write_arrays
from recsys.files.tables import read_table
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import Section, load
from recsys.texts import lexical, segmentation, transformer

log = logging.getLogger("embed")


class Params(Section):
    encoder: Literal["lexical", "transformer"]
    dimension: int = Field(ge=1, le=4096)
    model: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    batch_size: int = Field(ge=1)
    max_length: int = Field(ge=2)
    device: Literal["auto", "cpu", "cuda", "mps"]
    segmenter: segmentation.Name
    seed: int = Field(ge=0, lt=1 << 32)


def product_texts(products: pl.DataFrame) -> list[str]:
    """One text a product, in the table's order; "" where nothing is said."""
    columns = ("product_name", "processed_description", "feature")
    empty = pl.all_horizontal(pl.col(name).str.strip_chars() == "" for name in columns)
    joined = pl.concat_str(columns, separator=lexical.SEPARATOR)
    return products.select(pl.when(empty).then(pl.lit("")).otherwise(joined)).to_series().to_list()


def encode(texts: list[str], params: Params, cache: Path) -> tuple[np.ndarray, str]:
    """Vectors (texts, dimension) float32 by the encoder of the params, and its id: it names the
    space they live in.
    """
    if params.encoder == "lexical":
        return lexical.lexical(
            texts, params.dimension, params.seed
        ), f"lexical-{params.dimension}-{params.seed}"
    settings = transformer.Settings(
        params.model,
        params.revision,
        params.batch_size,
        params.max_length,
        params.device,
        params.segmenter,
    )
    return transformer.transformer(texts, settings, cache)


def main(products: Path, cache: Path, out: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "embed", params)
    table = read_table(products)
    vectors, encoder = encode(product_texts(table), settings, cache)
    packed = np.frombuffer(encoder.encode(), dtype=np.uint8)
    write_arrays(
        out, product_ids=pack_ids(table["product_id"].to_list()), vectors=vectors, encoder=packed
    )
    log.info("embedded %d products by %s, %d dimensions", len(vectors), encoder, vectors.shape[1])


if __name__ == "__main__":
    enter(main)
