"""The same seed draws the same numbers, on every numpy."""

from recsys.program.seeds import generator


def test_the_numbers_of_a_seed_are_known() -> None:
    assert generator(42).integers(0, 1000, 5).tolist() == [89, 773, 654, 438, 433]
    assert generator(42, 7).integers(0, 1000, 5).tolist() == [480, 519, 332, 208, 404]


def test_streams_of_one_seed_differ() -> None:
    drawn = {generator(*seed).random() for seed in ((1,), (1, 1), (1, 2), (2, 1))}
    assert len(drawn) == 4
