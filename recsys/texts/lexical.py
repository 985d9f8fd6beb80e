"""The lexical encoder: texts to vectors, (texts, dimension) float32, rows of length 1 (0 for an
empty text).
"""

import numpy as np

SEPARATOR = (
    " [SEP] "  # between the parts of a text; an encoder drops it or puts its own in its place
)


def lexical(texts: list[str], dimension: int, seed: int) -> np.ndarray:
    """TF-IDF of words and word pairs, then truncated SVD (latent semantic analysis, Deerwester et
    al., 1990).

    The width is `dimension`, or less where there are fewer texts or words. A text without a known
    word is all zeros.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        weights = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern, no password
            dtype=np.float64,
        ).fit_transform(text.replace(SEPARATOR, "\n") for text in texts)
    except ValueError:  # no word stands in two texts
        return np.zeros((len(texts), dimension), dtype=np.float32)
    width = min(dimension, *(side - 1 for side in weights.shape))
    if width < 1:
        return np.zeros((len(texts), dimension), dtype=np.float32)
    with np.errstate(
        invalid="ignore"
    ):  # of equal texts it divides 0 by 0, for a ratio that nobody reads
        vectors = TruncatedSVD(width, random_state=seed).fit_transform(weights)
    vectors[np.diff(weights.indptr) == 0] = (
        0  # no known word: nothing, and not the noise of the decomposition
    )
    return normalise(np.pad(np.asarray(vectors), ((0, 0), (0, dimension - width))))


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit.astype(np.float32)
