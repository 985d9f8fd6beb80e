"""The places of a release's lists that are kept for new items (recsys/ranking/new_places.py).

Loaded only where there are any: it needs Numba and SciPy, and the service does without them.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking.new_places import NewPlaces
from recsys.serving.release import Release


def kept_places(release: Release) -> NewPlaces:
    """How many of ten places the release keeps, and for which of its items."""
    arrays = release.arrays
    popularity, vectors = arrays["popularity"], arrays["content"]
    by_training = int(arrays["disliked_indptr"][release.about.trained_users])
    disliked = arrays["disliked_items"][:by_training]
    dislikes = np.bincount(disliked, minlength=len(popularity))
    return NewPlaces.of(release.about.new_item_places, popularity, dislikes, vectors)


def stacked(likes: Sequence[np.ndarray], columns: int) -> csr_matrix:
    """Ones where each user likes an item, csr (users, columns) float32."""
    items = np.concatenate(likes)
    indptr = np.cumsum([0, *map(len, likes)])
    ones = np.ones(len(items), np.float32)
    return csr_matrix((ones, items, indptr), shape=(len(likes), columns))
