"""A shop as the models see it."""

from pathlib import Path

from bench.models.prepared import SAMPLE, Prepared, merged, shop_name


def test_what_training_reads_and_the_test_fold_are_of_one_shape(shop: Prepared) -> None:
    known = shop.inputs.known
    assert known.binary.shape == shop.test.shape == shop.inputs.held_out.shape
    assert len(shop.inputs.vectors) == shop.test.shape[1]
    assert shop.test.nnz > 0 and known.binary.multiply(shop.test).nnz == 0
    assert (shop.data / "users.parquet").exists() and shop.embeddings.exists()


def test_merged_has_the_accepted_rows(raw: Path, light: Path) -> None:
    rows = merged(raw, light)
    written = (raw / "data_reviews_purchase.csv").read_text().count("\n") - 1
    assert 0.9 * written / 2 < len(rows) <= written
    assert {"user_id", "product_id", "rating", "comment"} <= set(rows.columns)


def test_the_sample_shop_is_named_so() -> None:
    assert shop_name(SAMPLE) == "sample"
    assert shop_name(Path("/shops/rosa")) == "rosa"
