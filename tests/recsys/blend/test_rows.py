"""Two models side by side score as the weighted sum of their z-scores."""

import numpy as np
import pytest

from recsys.blend.rows import side_by_side
from recsys.ranking.hybrid import z_scores


def test_the_product_is_the_sum_of_z_scores() -> None:
    rng = np.random.default_rng(0)
    models = [
        (
            rng.normal(size=(6, width)).astype(np.float32),
            (length * rng.normal(size=(30, width))).astype(np.float32),
        )
        for width, length in ((3, 50.0), (5, 0.01))
    ]
    found = side_by_side(models, [0.75, 0.25])
    wanted = 0.75 * z_scores(models[0][0] @ models[0][1].T)
    wanted += 0.25 * z_scores(models[1][0] @ models[1][1].T)
    scores = found.user_factors @ found.item_factors.T
    assert z_scores(scores) == pytest.approx(z_scores(wanted), abs=1e-5)
    lengths = [
        np.linalg.norm(part, axis=1).mean()
        for part in np.split(found.item_factors, [3], axis=1)
    ]
    assert lengths == pytest.approx([1, 1], abs=0.5)  # likeness is of both
    # nothing was rounded: a fold-in works with the rows that training gave
    back = found.item_factors[:, :3] * np.float32(found.scales[0])
    assert back.tobytes() == models[0][1].tobytes()
    again = side_by_side(models, [0.75, 0.25], [4.0, 0.5])
    assert again.scales == [4.0, 0.5]
    assert again.item_factors[:, :3].tobytes() == (models[0][1] / 4).tobytes()
    assert again.user_factors @ again.item_factors.T == pytest.approx(scores, abs=1e-4)
    assert {"user": found.user_factors.dtype, "item": found.item_factors.dtype} == {
        "user": np.float32,
        "item": np.float32,
    }
