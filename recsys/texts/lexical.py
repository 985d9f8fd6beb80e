"""The lexical encoder: texts to vectors, (texts, dimension) float32, rows of length 1 (0 for an
empty text).
"""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.texts.terms import terms

# between the parts of a text; an encoder drops it or puts its own in its place
SEPARATOR = " [SEP] "


def lexical(texts: list[str], dimension: int, seed: int) -> np.ndarray:
    """TF-IDF of terms (recsys/texts/terms.py), then truncated SVD (latent semantic analysis,
    Deerwester et al., 1990).

    Shape (texts, dimension); columns are zeros where there are fewer texts or words than that. A
    text without a term that another one has, too, is all zeros.
    """
    weights = tf_idf(texts)
    width = min(dimension, *(side - 1 for side in weights.shape))
    if width < 1:
        return np.zeros((len(texts), dimension), dtype=np.float32)
    vectors = truncated_svd(weights, width, seed)
    has_no_word = np.diff(weights.indptr) == 0
    vectors[has_no_word] = 0  # and not the noise of the decomposition
    return normalise(np.pad(vectors, ((0, 0), (0, dimension - width))))


def tf_idf(texts: list[str]) -> csr_matrix:
    """Weights of the terms that stand in two texts or more, csr (texts, terms) float64; no columns
    if there are none.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=terms,
        min_df=2,
        sublinear_tf=True,
        dtype=np.float64,
    )
    try:
        return vectorizer.fit_transform(text.replace(SEPARATOR, "\n") for text in texts)
    except ValueError:  # no term stands in two texts
        return csr_matrix((len(texts), 0), dtype=np.float64)


def truncated_svd(weights: csr_matrix, width: int, seed: int) -> np.ndarray:
    """Coordinates of the rows along the `width` first singular vectors, (rows, width) float64."""
    from sklearn.decomposition import TruncatedSVD

    # of equal texts it divides 0 by 0, for a ratio that nobody reads
    with np.errstate(invalid="ignore"):
        return np.asarray(TruncatedSVD(width, random_state=seed).fit_transform(weights))


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1, float32 of the same shape; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(
        vectors, length, out=np.zeros_like(vectors), where=length > 0
    )
    return unit.astype(np.float32)
