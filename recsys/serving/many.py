"""Many users of a release at once, by compiled loops: the same bits as one by one.

Loaded where many lists are made (the export, the court, the gate): it needs Numba and SciPy, and
the service does without them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.files.stretches import cells
from recsys.ranking import kernel, rows_kernel
from recsys.ranking.memory import counts_of
from recsys.ranking.new_places import NewPlaces
from recsys.ranking.top_k import top_k
from recsys.serving import exact_kernel
from recsys.serving.parts import Kind, Near, Scoring, total
from recsys.serving.release import Release

TOGETHER = 16  # users that are scored at once: what is between stays in the caches


@dataclass(frozen=True)
class ManyLikes:
    """Likes (recsys/serving/parts.py) as a csr of ages."""

    ends: np.ndarray  # (users + 1,), where each user's stand
    items: np.ndarray  # (likes,) int32
    ages: np.ndarray  # (likes,) float32

    def __len__(self) -> int:
        return len(self.ends) - 1

    def sums(self, matrix: np.ndarray, out: np.ndarray, memory: float = 0.0) -> None:
        """As Likes has it."""
        out.fill(0)
        counts = counts_of(self.ages, memory)
        rows_kernel.add_whole_rows(out, self.ends, self.items, counts, matrix)

    def sparse_sums(self, near: Near, out: np.ndarray, memory: float = 0.0) -> None:
        """As Likes has it."""
        out.fill(0)
        counts = counts_of(self.ages, memory)
        rows_kernel.add_rows(out, self.ends, self.items, counts, *near)

    def scale(self, rows: np.ndarray) -> None:
        """As Likes has it."""
        exact_kernel.z_scored(rows)


def rows_of(
    release: Release,
    matrix: str,
    users: np.ndarray,
    values: np.ndarray | None = None,
) -> csr_matrix:
    """The cells of one of MATRICES, of the users at these rows (n,); none of one at a row below 0.
    csr (n, items) float32: of `values`, a number a cell of all users; without them the ages of what
    they like, else ones.
    """
    arrays = release.arrays
    indptr = arrays[f"{matrix}_indptr"]
    known = np.maximum(users, 0)
    counts = np.where(users < 0, 0, indptr[known + 1] - indptr[known])
    at = cells(indptr[known], counts)
    items = arrays[f"{matrix}_items"][at]
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    if values is None and matrix == "liked":
        values = release.ages
    numbers = np.ones(len(items)) if values is None else values[at]
    shape = (len(users), len(arrays["popularity"]))
    return csr_matrix((numbers.astype(np.float32), items, ends), shape)


def scores(
    scoring: Scoring, kinds: np.ndarray, factors: np.ndarray, liked: csr_matrix
) -> np.ndarray:
    """The scores (n, items) float32 of users of these kinds (n,), by their factors (n, f) and the
    ages of what each likes, (n, items).
    """
    found = np.empty(liked.shape, np.float32)
    for kind in np.unique(kinds).tolist():
        of_kind = np.flatnonzero(kinds == kind)
        theirs = liked[of_kind]
        for start in range(0, len(of_kind), TOGETHER):
            at = of_kind[start : start + TOGETHER]
            ends = theirs.indptr[start : start + len(at) + 1]
            likes = ManyLikes(ends, theirs.indices, theirs.data)
            found[at] = total(scoring.parts(Kind(kind), factors[at], likes), len(at))
    return found


def lists(
    release: Release,
    scoring: Scoring,
    hidden: np.ndarray,
    kept: NewPlaces | None,
    users: np.ndarray,
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """What Recommender.lists gives."""
    arrays, liked = release.arrays, rows_of(release, "liked", users)
    found = scores(
        *(scoring, arrays["user_kinds"][users], arrays["user_factors"][users], liked)
    )
    found[:, hidden] = -np.inf
    seen = rows_of(release, "seen", users)
    kernel.mask(found, seen.indptr, seen.indices)
    if kept is None:
        items = top_k(found, k)
    else:
        items = kept.lists(found, k, lambda rows: liked[rows]).items
    return items, np.take_along_axis(found, np.maximum(items, 0), axis=1)
