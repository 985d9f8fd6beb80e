"""All arrays of a release are of the same users and items, or it is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recsys.serving import release
from recsys.serving.array_shapes import ARRAYS, check_lengths
from tests.recsys.serving import worlds


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    folder: Path = tmp_path_factory.mktemp("release")
    model_id = worlds.publish(folder)
    return dict(release.load(folder / "releases", model_id).arrays)


def test_what_is_published_fits(arrays: dict[str, np.ndarray]) -> None:
    check_lengths(arrays)
    for name, (dtype, dimensions) in ARRAYS.items():
        assert (arrays[name].dtype.str, arrays[name].ndim) == (dtype, dimensions)


def shorter(array: np.ndarray) -> np.ndarray:
    return array[:-1]


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("user_factors", shorter, "user_factors has 14 rows, not 15"),
        ("item_ids_ends", shorter, "item_ids_ends has 9 rows, not 10"),
        ("seen_indptr", shorter, "seen_indptr has 15 rows, not 16"),
        ("near_indptr", shorter, "near_indptr has 10 rows, not 11"),
        ("content", lambda array: array[:, 0], "content has shape"),
        ("item_factors", lambda array: array[:, 1:], "factors of two widths"),
        ("user_kinds", lambda array: array + 4, "users of no known kind"),
    ],
)
def test_what_does_not_fit_is_named(
    arrays: dict[str, np.ndarray],
    name: str,
    change: Callable[[np.ndarray], np.ndarray],
    words: str,
) -> None:
    with pytest.raises(ValueError, match=words):
        check_lengths(arrays | {name: change(arrays[name])})
