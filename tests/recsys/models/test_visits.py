"""A large shop gets fewer epochs, and the log says so."""

import pytest

from recsys.models.visits import affordable


def test_fewer_epochs_where_they_would_visit_more_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert [affordable(20, n, 1000, "some.key") for n in (0, 1, 50)] == [20, 20, 20]
    assert not caplog.messages
    assert [affordable(20, n, 1000, "some.key") for n in (51, 400, 2000)] == [19, 2, 1]
    assert caplog.messages[0] == (
        "19 of 20 epochs: more would visit over 1000 positives (some.key)"
    )
