import numpy as np
import polars as pl

from recsys.files.places import first_seen, places, runs


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


def test_runs_of_equal_values_are_looked_up_as_each_of_them_would_be() -> None:
    values = pl.Series(["b"] * 3 + ["z"] * 2 + ["a"] * 4 + ["b"])
    assert runs(values).tolist() == [0, 3, 5, 9, 10]
    found = places(values, pl.Series(["a", "b"]))
    assert found.tolist() == [1, 1, 1, -1, -1, 0, 0, 0, 0, 1]
    assert found.dtype == np.int64
    assert runs(pl.Series([], dtype=pl.String)).tolist() == [0]


def test_values_are_coded_as_they_first_appear_and_a_row_more_changes_no_code() -> None:
    codes, ids = first_seen(pl.Series(["7", "007", "7", "ộ", "NA"]))
    assert (codes.tolist(), ids.to_list()) == ([0, 1, 0, 2, 3], ["7", "007", "ộ", "NA"])
    longer, more = first_seen(pl.Series(["7", "007", "7", "ộ", "NA", "0", "007"]))
    assert (longer[:5].tolist(), longer[5:].tolist(), more.to_list()) == (
        codes.tolist(),
        [4, 1],
        [*ids, "0"],
    )


def test_no_values_have_no_codes_and_several_chunks_are_coded_as_one() -> None:
    codes, distinct = first_seen(pl.Series("id", [], dtype=pl.String))
    assert codes.tolist() == [] and distinct.dtype == pl.String
    halves = pl.concat([pl.Series("id", ["b", "a"]), pl.Series("id", ["a", "c"])])
    codes, distinct = first_seen(halves)
    assert codes.tolist() == [0, 1, 1, 2] and distinct.to_list() == ["b", "a", "c"]
    assert codes.dtype == np.int64 and distinct.name == "id"
