"""Training looks at what process and embed wrote, each file named by its hash, and never at the
test.
"""

from pathlib import Path

import numpy as np
import pytest

from recsys.dataset import training_inputs
from recsys.dataset.training_inputs import FILES, read_inputs
from recsys.files.atomic import sha256_of
from recsys.program.errors import DataError
from tests.worlds import complains, even_odd, parity_vectors, processed_shop


def test_inputs_are_what_process_and_embed_wrote(tmp_path: Path) -> None:
    world = even_odd()
    shop = processed_shop(tmp_path, world)
    inputs = read_inputs(shop.processed, shop.embeddings)
    assert inputs.ids.users[:2] == ["u0", "u1"]
    assert inputs.ids.items[:2] == ["p0", "p1"]
    assert (inputs.known.binary != world).nnz == 0
    assert np.array_equal(inputs.vectors, parity_vectors())
    assert inputs.space == "by hand (3)"


def test_the_fold_is_without_the_held_out_positives(tmp_path: Path) -> None:
    shop = processed_shop(tmp_path, even_odd())
    inputs = read_inputs(shop.processed, shop.embeddings)
    fold = inputs.fold()
    assert inputs.held_out.nnz == 12  # one of each user
    assert fold.binary.nnz == inputs.known.binary.nnz - 12
    assert fold.binary.multiply(inputs.held_out).nnz == 0


def test_every_file_is_named_by_its_hash_and_the_test_is_not_read(
    tmp_path: Path,
) -> None:
    shop = processed_shop(tmp_path, even_odd())
    assert not (shop.processed / "test.parquet").exists()
    hashes = read_inputs(shop.processed, shop.embeddings).hashes
    assert list(hashes) == [*FILES, "items.npz"]
    assert hashes["users.parquet"] == sha256_of(shop.processed / "users.parquet")
    assert hashes["items.npz"] == sha256_of(shop.embeddings)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    shop = processed_shop(tmp_path, even_odd())
    (shop.processed / "validation.parquet").unlink()
    with complains(DataError, shop.processed / "validation.parquet", "dvc repro"):
        read_inputs(shop.processed, shop.embeddings)


def test_a_large_shop_s_settings_are_chosen_by_some_of_its_users(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = processed_shop(tmp_path, even_odd())
    inputs = read_inputs(shop.processed, shop.embeddings)
    assert inputs.of_some_users(12) is inputs
    with caplog.at_level("INFO", logger="recsys.dataset.training_inputs"):
        some = inputs.of_some_users(5)
    assert caplog.messages == ["settings are chosen by 5 of 12 users"]
    assert some.ids.users == ["u0", "u2", "u4", "u7", "u9"]
    chosen = [0, 2, 4, 7, 9]
    for name in ("confidence", "binary", "dislikes"):
        rows, every = getattr(some.known, name), getattr(inputs.known, name)
        assert (rows != every[chosen]).nnz == 0
    assert (some.held_out != inputs.held_out[chosen]).nnz == 0
    assert (some.ids.items, some.hashes) == (inputs.ids.items, inputs.hashes)


@pytest.mark.parametrize(
    ("positives", "enough", "expected"),
    [(48, 1, 12), (24, 1, 6), (24, 8, 8), (0, 1, 1)],
)
def test_fewer_choose_where_they_have_many_positives_but_never_too_few(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    positives: int,
    enough: int,
    expected: int,
) -> None:
    shop = processed_shop(tmp_path, even_odd())
    inputs = read_inputs(shop.processed, shop.embeddings)
    assert inputs.known.binary.nnz == 48
    monkeypatch.setattr(training_inputs, "POSITIVES", positives)
    monkeypatch.setattr(training_inputs, "ENOUGH", enough)
    assert len(inputs.of_some_users().ids.users) == expected
