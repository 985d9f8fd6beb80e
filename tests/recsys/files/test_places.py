import numpy as np
import polars as pl

from recsys.files.places import places


def test_places_among_the_distinct_ones() -> None:
    found = places(pl.Series(["b", "a", "z", "b"]), pl.Series(["a", "b", "c"]))
    assert found.tolist() == [1, 0, -1, 1]
    assert found.dtype == np.int64


def test_no_values_and_many_in_their_order() -> None:
    none = pl.Series([], dtype=pl.String)
    assert places(none, none).tolist() == []
    numbers = np.random.default_rng(0).integers(0, 1000, 300_000)
    values, known = pl.Series(numbers.astype(str)), np.arange(1000)[::-1]
    found = places(values, pl.Series(known.astype(str)))
    assert (known[found] == numbers).all()
