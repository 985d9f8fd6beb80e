"""A release without what its users have liked since training: for whoever judges by just that.

The latest positive of a user is the test. A release serves by it (recsys/publishing), and whoever
ranks it as a test item must not know it.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from recsys.models.rules import rule_from
from recsys.ranking import hybrid
from recsys.serving import many
from recsys.serving.array_shapes import near_arrays
from recsys.serving.parts import Kind
from recsys.serving.release import Release


def as_trained(release: Release) -> Release:
    """The same where items are as they were trained, trained users like what training was told of,
    and popular and bought together is what they like. The factors of users are those of `rows`; one
    of before there was such a difference is as it was.
    """
    arrays = release.arrays
    if "liked_later" not in arrays:
        return release
    told = arrays["liked_later"] == 0
    before = np.concatenate([[0], np.cumsum(told)])
    names = ("liked_items", "liked_confidence", "liked_ages")
    liked = {name: arrays[name][told] for name in names if name in arrays}
    ends = before[arrays["liked_indptr"]]
    of_trained = ends[: release.about.trained_users + 1]
    items = liked["liked_items"][: of_trained[-1]]
    shape = (len(of_trained) - 1, len(arrays["popularity"]))
    ones = np.ones(len(items), np.float32)
    told_of = csr_matrix((ones, items, of_trained), shape)
    beside = hybrid.beside(told_of, arrays["content"], release.weights)
    more = {
        "item_factors": _items(release),
        "liked_indptr": ends,
        "popularity": beside.popularity,
        **near_arrays(beside.neighbours, shape[1]),
    }
    return replace(release, arrays={**arrays, **liked, **more})


def rows(release: Release, users: np.ndarray) -> np.ndarray:
    """The factors (n, f) of the users at these rows (n,) of a release as it is served: as they were
    trained where they were, else folded in by the items as these were trained; of one at a row
    below 0 those of the first one.
    """
    arrays = release.arrays
    found: np.ndarray = arrays["user_factors"][np.maximum(users, 0)]
    own = arrays.get("trained_factors")
    if own is None:
        return found
    is_trained = (users >= 0) & (users < len(own))
    found[is_trained] = own[users[is_trained]]
    folded = (users >= len(own)) & (arrays["user_kinds"][users] == Kind.FOLDED)
    rule, items = rule_from(release.about.new_user), _items(release)
    if rule and folded.any() and not np.array_equal(items, arrays["item_factors"]):
        which = users[folded]
        likes = many.rows_of(release, "liked", which, arrays["liked_confidence"])
        found[folded] = rule(items, likes, many.rows_of(release, "disliked", which))
    return found


def _items(release: Release) -> np.ndarray:
    """The factors (items, f) as they were trained."""
    arrays = release.arrays
    found: np.ndarray = arrays.get("trained_items", arrays["item_factors"])
    return found
