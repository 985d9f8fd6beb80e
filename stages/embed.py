"""Turn product texts into vectors: text = name [SEP] description [SEP] feature.

reads   products.parquet        product_name, processed_description, feature
        data/cache/vectors.db   vectors that are known already: speed, never results
writes  items.npz               product_ids (packed UTF-8), vectors (products, dimension) float32,
                                encoder (its id)
"""

import logging
from pathlib import Path

from recsys.files.tables import read_table
from recsys.files.vectors_by_id import VectorsById, write_vectors
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.texts.encoding import EncodingParams, encode, product_texts

log = logging.getLogger("embed")

Params = EncodingParams


def main(
    products: Path, cache: Path, embeddings: Path, params: Path = Path(PARAMS_FILE)
) -> None:
    settings = load(Params, "embed", params)
    table = read_table(products)
    vectors, encoder = encode(product_texts(table), settings, cache)
    write_vectors(
        embeddings, VectorsById(table["product_id"].to_list(), vectors, encoder)
    )
    log.info(
        "embedded %d products by %s, %d dimensions",
        len(vectors),
        encoder,
        vectors.shape[1],
    )


if __name__ == "__main__":
    enter(main)
