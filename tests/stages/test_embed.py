"""Product texts become vectors in the table's order, with their ids and the encoder's; no text, no
direction.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recsys.dataset.embeddings import load_embeddings
from recsys.files.tables import write_table
from recsys.program.errors import ConfigError, DataError
from stages import embed
from tests.recsys.pretrained.tiny_models import make_roberta
from tests.worlds import Shop, complains, make_shop, snapshot

TEXTS = [
    ("p1", "kem dưỡng ẩm", "da khô", ""),
    ("p2", "kem dưỡng ẩm", "da khô", "dịu"),
    ("p3", "son môi", "đỏ", ""),
    ("p4", "son môi", "hồng", ""),
    ("p5", "", "", ""),
    ("p6", "", "", ""),
]
TRANSFORMER = {"device": "cpu", "segmenter": "none"}


def embedding_shop(
    folder: Path, texts: list[tuple[str, str, str, str]] = TEXTS, **changes: Any
) -> Shop:
    shop = make_shop(folder)
    columns = ["product_id", "product_name", "processed_description", "feature"]
    write_table(
        pl.DataFrame(texts, schema=columns, orient="row"),
        shop.merged / "products.parquet",
    )
    shop.configure(embed={"dimension": 3, **TRANSFORMER, **changes})
    return shop


def run(shop: Shop) -> Path:
    out = shop.folder / "data/embeddings/items.npz"
    embed.main(
        shop.merged / "products.parquet",
        shop.folder / "data/cache/vectors.db",
        out,
        shop.params,
    )
    return out


def test_like_products_have_like_vectors(tmp_path: Path) -> None:
    out = run(embedding_shop(tmp_path))
    vectors = load_embeddings(out, ["p3", "p1", "p2", "p4"]).vectors
    assert vectors.shape == (4, 3)
    assert vectors[1] @ vectors[2] > 0.9 > 0.3 > vectors[0] @ vectors[1]
    with np.load(out) as arrays:
        assert arrays["encoder"].tobytes() == b"lexical-3-42"
        assert arrays["vectors"].dtype == np.float32
        assert len(arrays["vectors"]) == 6


def test_a_product_without_any_text_has_the_zero_vector(tmp_path: Path) -> None:
    embeddings = load_embeddings(run(embedding_shop(tmp_path)), ["p5", "p6"])
    assert not embeddings.vectors.any()


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    assert (
        run(embedding_shop(tmp_path / "a")).read_bytes()
        == run(embedding_shop(tmp_path / "b")).read_bytes()
    )


def test_one_product_is_no_error(tmp_path: Path) -> None:
    embeddings = load_embeddings(run(embedding_shop(tmp_path, TEXTS[:1])), ["p1"])
    assert embeddings.vectors.shape == (1, 3)


def test_a_model_in_a_folder_names_the_space_by_its_content(tmp_path: Path) -> None:
    model = make_roberta(tmp_path / "tiny", seed=0)
    shop = embedding_shop(
        tmp_path, encoder="transformer", model=str(model), max_length=16
    )
    out = run(shop)
    first = load_embeddings(out, ["p1", "p3", "p5"])
    assert re.fullmatch(r"tiny@[0-9a-f]{40}-16", first.encoder)
    assert first.vectors.shape == (3, 16)
    assert np.linalg.norm(first.vectors, axis=1) == pytest.approx([1, 1, 0])
    make_roberta(model, seed=1)
    with complains(DataError, "models/als", "dvc repro"):
        load_embeddings(run(shop), ["p1"]).require(first.space, "models/als")


def test_the_name_of_the_lexical_space_says_dimension_and_seed(tmp_path: Path) -> None:
    spaces = {
        load_embeddings(
            run(embedding_shop(tmp_path / str(at), **change)), ["p1"]
        ).encoder
        for at, change in enumerate(
            ({}, {"dimension": 4}, {"seed": 2}, {"batch_size": 4, "max_length": 9})
        )
    }
    assert spaces == {"lexical-3-42", "lexical-4-42", "lexical-3-2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"encoder": "bert"},
        {"dimension": 0},
        {"batch_size": 0},
        {"max_length": 1},
        {"model": ""},
        {"device": "tpu"},
        {"segmenter": "x"},
        {"seed": -1},
    ],
)
def test_wrong_params_are_one_line_that_names_the_key(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with complains(ConfigError, f"embed.{next(iter(changes))}"):
        run(embedding_shop(tmp_path, **changes))


def test_a_failure_leaves_the_former_vectors(tmp_path: Path) -> None:
    shop = embedding_shop(tmp_path)
    run(shop)
    before = snapshot(shop.folder / "data/embeddings")
    (shop.merged / "products.parquet").write_bytes(b"torn")
    with complains(DataError, shop.merged / "products.parquet"):
        run(shop)
    shop.configure(embed={"encoder": "transformer", "model": str(tmp_path)})
    with pytest.raises((ConfigError, DataError)):
        run(shop)
    assert snapshot(shop.folder / "data/embeddings") == before
