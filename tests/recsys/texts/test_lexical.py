"""The lexical encoder: like texts have like vectors."""

import numpy as np
import pytest

from recsys.texts import lexical
from recsys.texts.terms import terms

PRODUCTS = [
    "kem dưỡng ẩm cho da khô",
    "kem dưỡng ẩm ban đêm cho da khô",
    "son môi đỏ",
    "son môi hồng đỏ",
    "kem chống nắng da dầu",
    "",
]


def test_like_texts_have_like_vectors() -> None:
    vectors = lexical.lexical(PRODUCTS, 3, 42)
    assert vectors.shape == (6, 3)
    assert vectors.dtype == np.float32
    cosine = vectors @ vectors.T
    assert cosine[0, 1] > 0.9
    assert cosine[2, 3] > 0.9
    assert cosine[0, 2] < 0.1
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(
        [1, 1, 1, 1, 1, 0], abs=1e-6
    )


def test_the_same_settings_give_the_same_bytes() -> None:
    assert (
        lexical.lexical(PRODUCTS, 3, 42).tobytes()
        == lexical.lexical(PRODUCTS, 3, 42).tobytes()
    )


def test_fewer_texts_or_words_than_dimensions_are_padded_with_zeros() -> None:
    vectors = lexical.lexical(PRODUCTS, 50, 42)
    assert vectors.shape == (6, 50)
    assert not vectors[:, 5:].any()
    assert vectors[:5].any(axis=1).all()


@pytest.mark.parametrize(
    "texts", [[""], ["", ""], ["kem"], ["kem", "son"], ["kem", "kem"], ["!!", "??"]]
)
def test_texts_with_nothing_in_common_are_no_error(texts: list[str]) -> None:
    vectors = lexical.lexical(texts, 4, 42)
    assert vectors.shape == (len(texts), 4)
    assert np.isfinite(vectors).all()


def test_texts_that_are_all_alike_are_no_warning_and_have_one_vector() -> None:
    found = lexical.lexical(["same soap"] * 5, 4, 0)
    assert np.isfinite(found).all() and (found == found[0]).all()


def by_scikit_learn(texts: list[str], dimension: int, seed: int) -> np.ndarray:
    """What `lexical` gives of texts in which terms are shared, by scikit-learn's classes."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=terms, min_df=2, sublinear_tf=True, dtype=np.float64
    )
    weights = vectorizer.fit_transform(
        text.replace(lexical.SEPARATOR, "\n") for text in texts
    )
    found = lexical.tf_idf(texts)
    for name in ("data", "indices", "indptr"):
        assert (getattr(found, name) == getattr(weights, name)).all()
    width = min(dimension, *(side - 1 for side in weights.shape))
    vectors = TruncatedSVD(width, random_state=seed).fit_transform(weights)
    vectors[np.diff(weights.indptr) == 0] = 0
    return lexical.normalise(np.pad(vectors, ((0, 0), (0, dimension - width))))


@pytest.mark.parametrize(
    ("texts", "words", "length"), [(40, 900, 60), (600, 90, 9), (90, 20, 5)]
)
def test_to_the_bit_it_is_what_scikit_learn_gives(
    texts: int, words: int, length: int
) -> None:
    """More terms than texts, fewer, and fewer than the dimension."""
    rng = np.random.Generator(np.random.PCG64(texts))
    known = np.array([f"từ{number}" for number in range(words)])
    made = [
        " ".join(rng.choice(known, rng.integers(0, length)))
        + lexical.SEPARATOR
        + "kem dưỡng"
        for _ in range(texts)
    ]
    found = lexical.lexical(made, 32, 7)
    assert found.tobytes() == by_scikit_learn(made, 32, 7).tobytes()
