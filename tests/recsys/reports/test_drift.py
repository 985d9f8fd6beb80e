"""The page of drift: what it says for each verdict, and that nothing in it can do harm."""

from typing import Any

import pytest

from recsys.reports import drift
from tests.pages import HOSTILE, check_alone, check_harmless, check_readable, words
from tests.recsys.drift.test_report import made


def test_a_drift_says_what_moved_when_and_what_it_costs() -> None:
    told = words(drift.page(made(2, low=0.6)))
    for sentence in (
        "Drift: drift",
        "Look at 2026-01-01 to 2026-01-15.",
        "stars (drift): ",
        "what als-1 was trained on: 540 events of 540 users, to 2026-01-01 (deployment)",
        "2 windows of 7 days are over since",
        "Drift is 2 of 3 windows of a measure that are flagged",
        "events a week more or fewer events a week, relative too little data",
        "Risen most, share of all events",
        "0.1000 lost (standard error",
        "python runner.py drift --update-reference",
    ):
        assert sentence in told, sentence


@pytest.mark.parametrize(
    ("report", "words_of_it", "plots"),
    [
        (made(0), "Drift: too little data Not enough has happened", 5),
        (made(1, low=0.6), "Drift: watch Something has moved in one window", 9),
        (made(6), "Drift: none What has come since", 13),
        (made(2, low=0.6), "Drift: drift The shop has moved away", 9),
    ],
)
def test_each_verdict_is_a_whole_page(
    report: dict[str, Any], words_of_it: str, plots: int
) -> None:
    html = drift.page(report)
    assert words_of_it in words(html)
    check_readable(html, plots)
    check_alone(html)


def test_hostile_names_are_text_and_long_ones_are_cut() -> None:
    report = made(2, prefix="q")
    report["moved"]["risen"][0]["name"] = HOSTILE
    report["moved"]["fallen"][0]["product_id"] = "سلام 💄" * 50
    html = drift.page(report)
    check_harmless(html)
    check_readable(html, 9)


def test_the_same_report_gives_the_same_bytes_without_hearings_too() -> None:
    report = made(2, low=0.6)
    assert drift.page(report) == drift.page(report)
    html = drift.page({**report, "served": None})
    assert "The court has heard nothing yet" in html
    check_readable(html, 8)
