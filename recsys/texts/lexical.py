"""The lexical encoder: texts to vectors, (texts, dimension) float32, rows of length 1 (0 for an
empty text).
"""

from collections import Counter

import numpy as np
from scipy.sparse import csr_matrix

from recsys.texts.terms import terms

# between the parts of a text; an encoder drops it or puts its own in its place
SEPARATOR = " [SEP] "
LEAST_TEXTS = 2  # that a term stands in; of others nothing is known by it
POWERS, OVERSAMPLED = 5, 10  # of the decomposition


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

    (1 + log count) x (1 + log((1 + texts) / (1 + texts with the term))), rows of length 1: what
    scikit-learn's TfidfVectorizer gives, to the bit, without its import of two seconds.
    """
    names, counts = counted(texts)
    shared = np.bincount(counts.indices, minlength=len(names)) >= LEAST_TEXTS
    weights = counts[:, np.flatnonzero(shared)]
    by_name = np.argsort(np.array(names, dtype=object)[shared])
    place = np.empty(len(by_name), dtype=weights.indices.dtype)
    place[by_name] = np.arange(len(by_name))
    weights.indices = place[weights.indices]
    found = np.bincount(weights.indices, minlength=len(place)).astype(np.float64)
    idf = np.log((len(texts) + 1) / (found + 1)) + 1
    weights.data = (np.log(weights.data) + 1) * idf[weights.indices]
    row = np.repeat(np.arange(len(texts)), np.diff(weights.indptr))
    squares = np.bincount(row, weights.data * weights.data, minlength=len(texts))
    weights.data /= np.sqrt(squares)[row]
    return weights


def counted(texts: list[str]) -> tuple[list[str], csr_matrix]:
    """The terms in the order in which they are met, and how often each stands in each text, csr
    (texts, terms) float64.
    """
    places: dict[str, int] = {}
    columns: list[int] = []
    values: list[int] = []
    ends = [0]
    for text in texts:
        found = Counter(terms(text.replace(SEPARATOR, "\n")))
        for term in found:
            places.setdefault(term, len(places))
        columns += [places[term] for term in found]
        values += found.values()
        ends.append(len(columns))
    shape = (len(texts), len(places))
    arrays = (
        np.array(values, dtype=np.float64),
        np.array(columns, dtype=np.int32),
        np.array(ends, dtype=np.int32),
    )
    counts = csr_matrix(arrays, shape=shape)
    counts.sort_indices()
    return list(places), counts


def truncated_svd(weights: csr_matrix, width: int, seed: int) -> np.ndarray:
    """Coordinates of the rows along the `width` first singular vectors, (rows, width) float64.

    Halko, Martinsson and Tropp, 2009, algorithms 4.4 and 5.1, with an LU factorisation between the
    powers; what scikit-learn's TruncatedSVD gives, to the bit.
    """
    from scipy import linalg

    is_wide = weights.shape[0] < weights.shape[1]
    tall = weights.T if is_wide else weights
    random = np.random.RandomState(seed)
    basis = random.normal(size=(tall.shape[1], width + OVERSAMPLED))
    for _ in range(POWERS):
        basis, _ = linalg.lu(tall @ basis, permute_l=True, check_finite=False)
        basis, _ = linalg.lu(tall.T @ basis, permute_l=True, check_finite=False)
    basis, _ = linalg.qr(tall @ basis, mode="economic", check_finite=False)
    left, _, right = linalg.svd(basis.T @ tall, full_matrices=False)
    axes = (basis @ left)[:, :width].T if is_wide else right[:width]
    largest = np.abs(axes).argmax(axis=1)
    signs = np.sign(axes[np.arange(len(axes)), largest])  # the largest is positive
    return np.asarray(weights @ (axes * signs[:, np.newaxis]).T)


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1, float32 of the same shape; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(
        vectors, length, out=np.zeros_like(vectors), where=length > 0
    )
    return unit.astype(np.float32)
