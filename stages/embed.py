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
from recsys.texts.encoding import EncodingParams, encode, product_texts, without_vector

log = logging.getLogger("embed")

Params = EncodingParams
SHOWN = 5  # products in a message


def main(
    products: Path, cache: Path, embeddings: Path, params: Path = Path(PARAMS_FILE)
) -> None:
    settings = load(Params, "embed", params)
    table = read_table(products)
    texts = product_texts(table)
    vectors, encoder = encode(texts, settings, cache)
    write_vectors(
        embeddings, VectorsById(table["product_id"].to_list(), vectors, encoder)
    )
    log.info(
        "embedded %d products by %s, %d dimensions",
        len(vectors),
        encoder,
        vectors.shape[1],
    )
    if lost := without_vector(texts, vectors):
        ids = ", ".join(ascii(table["product_id"][at]) for at in lost[:SHOWN])
        log.warning(
            "%d products have a text that shares no word with another one, so that nothing is "
            "known by it: %s",
            *(len(lost), ids),
        )


if __name__ == "__main__":
    enter(main)
