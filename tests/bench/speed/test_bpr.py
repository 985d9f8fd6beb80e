"""BPR is timed beside implicit."""

from bench.speed import bpr
from bench.speed.positives import Size
from tests.bench.speed.programs import small_speed


def test_bpr_is_timed_on_the_threads_that_were_asked_for() -> None:
    """Two threads and one give the same bytes here too, of a small world."""
    one, two = (small_speed("bench.speed.bpr", threads) for threads in (1, 2))
    assert one["sha256"] == two["sha256"]
    assert {"native", "native_hard", "implicit"} == set(one["seconds"])
    assert min(one["seconds"].values()) > 0


def test_large_ends_with_a_share_of_triples_in_order() -> None:
    assert 0.5 < bpr.large(Size(300, 60, 2000)) <= 1
