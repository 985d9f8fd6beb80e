"""Batches whose shape a text alone decides."""

from recsys.pretrained import batching


def test_a_batch_has_at_most_so_many_tokens() -> None:
    assert [
        batching.rows_in_batch(width, 32, 2048) for width in (16, 64, 128, 256, 4096)
    ] == [
        32,
        32,
        16,
        8,
        1,
    ]
    assert batching.rows_in_batch(256, 32) == 32


def test_texts_of_a_width_fill_batches_in_their_order() -> None:
    batches = list(batching.batches([30, 10, 32, 17, 90, 31], 8, 40, 64))
    assert batches == [([1], 16), ([0, 2], 32), ([3, 5], 32), ([4], 40)]


def test_no_text_is_no_batch() -> None:
    assert list(batching.batches([], 8, 40)) == []


def test_a_batch_is_filled_up_with_its_last_text() -> None:
    assert batching.filled_up(["a", "b", "c"], [2, 0], 4) == ["c", "a", "a", "a"]


def test_batches_have_a_shape_that_depends_on_the_text() -> None:
    batches = list(batching.batches([3, 17, 16, 5, 90], 2, 40))
    assert batches == [([0, 2], 16), ([3], 16), ([1], 32), ([4], 40)]
