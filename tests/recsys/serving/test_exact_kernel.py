"""Rows by compiled loops: each bit is NumPy's."""

import numpy as np
import pytest

from recsys.serving import arithmetic, exact_kernel

# around the lengths at which NumPy begins lanes, and halves
COUNTS = (1, 7, 8, 9, 127, 128, 129, 136, 257, 2244, 4001)


@pytest.mark.parametrize("count", COUNTS)
def test_rows_have_the_bits_of_numpy(count: int) -> None:
    random = np.random.default_rng(count)
    rows = random.normal(random.normal(0, 5, (40, 1)), 2, (40, count))
    rows = (rows * random.uniform(1e-3, 1e3, (40, 1))).astype(np.float32)
    wanted = arithmetic.z_scores(rows)
    found = exact_kernel.z_scored(rows)
    assert found is rows
    assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7])
def test_what_is_equal_but_for_rounding_is_zero(value: float) -> None:
    rows = np.full((2, 300), value, np.float32)
    rows[1, ::2] = np.nextafter(np.float32(value), np.float32(2 * value))
    assert not arithmetic.z_scores(rows).any()
    assert exact_kernel.z_scored(rows).tobytes() == bytes(rows.nbytes)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_a_row_with_no_number_has_none(odd: float) -> None:
    rows = np.arange(600, dtype=np.float32).reshape(2, 300)
    rows[0, 7] = odd
    wanted = arithmetic.z_scores(rows)
    found = exact_kernel.z_scored(rows)
    assert np.isnan(found[0]).all()
    assert np.array_equal(found, wanted, equal_nan=True)
