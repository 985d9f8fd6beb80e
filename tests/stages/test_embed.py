"""Product texts become vectors in the table's order, with their ids and the encoder's; no text, no direction."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from recsys.embeddings import read_embeddings
from recsys.errors import ConfigError, DataError
from recsys.tables import write_table
from stages import embed
from tests.worlds import Shop, complains, make_shop, snapshot

TEXTS = [
    ("p1", "kem dưỡng ẩm", "da khô", ""),
    ("p2", "kem dưỡng ẩm", "da khô", "dịu"),
    ("p3", "son môi", "đỏ", ""),
    ("p4", "son môi", "hồng", ""),
    ("p5", "", "", ""),
    ("p6", "", "", ""),
]


def embedding_shop(folder: Path, texts: list[tuple[str, str, str, str]] = TEXTS, **changes: Any) -> Shop:
    shop = make_shop(folder)
    columns = ["product_id", "product_name", "processed_description", "feature"]
    write_table(pl.DataFrame(texts, schema=columns, orient="row"), shop.merged / "products.parquet")
    shop.configure(embed={"dimension": 3, **changes})
    return shop


def run(shop: Shop) -> Path:
    out = shop.folder / "data/embeddings/items.npz"
    embed.main(shop.merged / "products.parquet", shop.folder / "data/cache/vectors.db", out, shop.params)
    return out


def test_like_products_have_like_vectors(tmp_path: Path) -> None:
    out = run(embedding_shop(tmp_path))
    vectors = read_embeddings(out, ["p3", "p1", "p2", "p4"])
    assert vectors.shape == (4, 3)
    assert vectors[1] @ vectors[2] > 0.9 > 0.3 > vectors[0] @ vectors[1]
    with np.load(out) as arrays:
        assert arrays["encoder"].tobytes() == b"lexical-3-42"
        assert arrays["vectors"].dtype == np.float32
        assert len(arrays["vectors"]) == 6


def test_a_product_without_any_text_has_the_zero_vector(tmp_path: Path) -> None:
    assert not read_embeddings(run(embedding_shop(tmp_path)), ["p5", "p6"]).any()


def test_the_text_is_name_description_and_feature() -> None:
    table = pl.DataFrame(
        [TEXTS[1]], schema=["product_id", "product_name", "processed_description", "feature"], orient="row"
    )
    assert embed.product_texts(table) == ["kem dưỡng ẩm [SEP] da khô [SEP] dịu"]


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    assert run(embedding_shop(tmp_path / "a")).read_bytes() == run(embedding_shop(tmp_path / "b")).read_bytes()


def test_one_product_is_no_error(tmp_path: Path) -> None:
    assert read_embeddings(run(embedding_shop(tmp_path, TEXTS[:1])), ["p1"]).shape == (1, 3)


def test_vectors_of_two_encoders_have_two_names() -> None:
    params = {
        "encoder": "lexical",
        "dimension": 3,
        "model": "m",
        "revision": "r",
        "batch_size": 2,
        "max_length": 8,
        "seed": 1,
    }
    names = {
        embed.Params.model_validate({**params, **change}).encoder_id()
        for change in (
            {},
            {"dimension": 4},
            {"seed": 2},
            {"encoder": "transformer"},
            {"encoder": "transformer", "revision": "s"},
            {"encoder": "transformer", "model": "n"},
            {"encoder": "transformer", "max_length": 9},
        )
    }
    assert len(names) == 7
    assert embed.Params.model_validate({**params, "batch_size": 4}).encoder_id() in names


@pytest.mark.parametrize(
    "changes",
    [{"encoder": "bert"}, {"dimension": 0}, {"batch_size": 0}, {"max_length": 1}, {"model": ""}, {"seed": -1}],
)
def test_wrong_params_are_one_line_that_names_the_key(tmp_path: Path, changes: dict[str, Any]) -> None:
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
