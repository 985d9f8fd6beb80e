"""Batches whose shape a text alone decides."""

from recsys.pretrained import batching


def test_a_batch_has_at_most_so_many_tokens() -> None:
    assert [batching.rows_of(width, 32, 2048) for width in (16, 64, 128, 256, 4096)] == [
        32,
        32,
        16,
        8,
        1,
    ]
    assert batching.rows_of(256, 32) == 32


def test_texts_of_a_width_fill_batches_in_their_order() -> None:
    found = list(batching.batches([30, 10, 32, 17, 90, 31], 8, 40, 64))
    assert found == [([1], 16), ([0, 2], 32), ([3, 5], 32), ([4], 40)]


def test_no_text_is_no_batch() -> None:
    assert list(batching.batches([], 8, 40)) == []


def test_a_batch_is_filled_up_with_its_last_text() -> None:
    assert batching.filled(["a", "b", "c"], [2, 0], 4) == ["c", "a", "a", "a"]
