"""The world that training is timed on."""

from bench.speed.positives import Size, positives


def test_the_speed_world_has_as_many_different_cells_as_it_says() -> None:
    made = positives(Size(500, 100, 3000))
    made.sum_duplicates()
    assert made.shape == (500, 100) and made.nnz == 3000
    assert made.getnnz(axis=0).max() > 3 * made.getnnz(axis=0).mean()


def test_a_size_says_how_large_it_is() -> None:
    assert (
        Size(500, 100, 3000).sentence()
        == "3,000 interactions of 500 users and 100 items"
    )
