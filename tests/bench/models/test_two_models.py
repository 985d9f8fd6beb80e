"""Two models of one shop beside each other, as they are served."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from bench.models import two_models
from recsys.dataset.folder import TEST_PAIRS
from recsys.files.tables import write_table
from stages import train_als
from tests.worlds import Shop, even_odd, processed_shop

SMALL = {"factors": 4, "feature_prior": False, "cold_start": "off", "search": "off"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Each user's test item is one of the kind that they buy."""
    likes = even_odd().toarray()
    hidden = [(user, int(np.flatnonzero(row)[0])) for user, row in enumerate(likes)]
    for user, item in hidden:
        likes[user, item] = 0
    made = processed_shop(tmp_path, likes)
    table = pl.DataFrame(hidden, schema=["user_index", "item_index"], orient="row")
    write_table(table, made.processed / TEST_PAIRS)
    return made


def model(shop: Shop, name: str, **changes: Any) -> str:
    shop.configure(train_als={**SMALL, **changes})
    out = shop.folder / "models" / name
    places = (shop.processed, shop.embeddings, shop.folder / "mlruns", out)
    train_als.main(*places, shop.params)
    return str(out)


def rows(shop: Shop, capsys: pytest.CaptureFixture[str], *models: str) -> list[str]:
    assert two_models.main([str(shop.folder), *models]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_model_is_no_better_than_itself_and_a_bad_one_is_worse(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    good = model(shop, "good", iterations=6)
    bad = model(shop, "bad", iterations=1, regularization=1e8)
    capsys.readouterr()
    *_, recall, ndcg = rows(shop, capsys, good, good)
    assert "+0.0000 (0.0000)" in recall and "+0.0000 (0.0000)" in ndcg
    *_, ndcg = rows(shop, capsys, good, bad)
    _, one, other, change = ndcg.strip("| ").split(" | ")
    assert float(other) < float(one)
    assert float(change.split()[0]) == pytest.approx(
        float(other) - float(one), abs=2e-4
    )


def test_a_folder_without_a_model_is_one_message(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert two_models.main([str(shop.folder), "nowhere", "nowhere"]) != 0
    said = capsys.readouterr().err
    assert said.startswith("bench.models.two_models: ") and said.count("\n") == 1
