"""The format of times is that which reads them; day and month are never guessed."""

from datetime import UTC, datetime

import pytest

from ops.init.times import times_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("texts", "formats", "is_local"),
    [
        (["2024-01-05 10:00:00"], ("iso8601",), True),
        (["2024-01-05"], ("iso8601",), True),
        (["2024-01-05T10:00:00Z", "2024-01-05 10:00:00 +0700"], ("iso8601",), False),
        (["2019-10-01 00:00:00 UTC"], ("iso8601",), False),
        (["31/12/2024", "01/02/2024"], ("DD/MM/YYYY",), True),
        (["12/31/2024 10:00"], ("MM/DD/YYYY",), True),
        (["01/02/2024"], ("DD/MM/YYYY", "MM/DD/YYYY"), True),
        (["1/13/2024 9:05 PM"], ("M/D/YYYY",), True),
        (["3.1.2024 10:00"], ("D.M.YYYY",), True),
        (["31-12-2024"], ("D-M-YYYY",), True),
        (["2024/1/5"], ("YYYY/M/D",), True),
        (["964982703"], ("epoch_s",), False),
        (["1588687728923"], ("epoch_ms",), False),
        (["1588687728923000"], ("epoch_us",), False),
    ],
)
def test_the_format(texts: list[str], formats: tuple[str, ...], is_local: bool) -> None:
    found = times_of(texts, NOW)
    assert found is not None
    assert (found.formats, found.is_local) == (formats, is_local)


@pytest.mark.parametrize("texts", [[], [""], ["good"], ["5", "4"], ["March 1st"]])
def test_what_is_no_time(texts: list[str]) -> None:
    assert times_of(texts, NOW) is None


def test_the_first_and_the_last() -> None:
    found = times_of(["2024-01-05", "2023-01-05", "2025-01-05"], NOW)
    assert found is not None
    assert (found.first.year, found.last.year) == (2023, 2025)
