"""What the pages have in common."""

import pytest
from jinja2 import UndefinedError

from recsys.reports import frame


def test_settings_in_one_line() -> None:
    assert frame.settings({"factors": 128, "alpha": 1.0}) == "factors 128, alpha 1.0"
    assert frame.settings({}) == frame.settings(None) == "as in params.yaml"


def test_a_figure_with_its_interval() -> None:
    row = {"ndcg_at_10": 0.25, "ndcg_at_10_low": 0.2, "ndcg_at_10_high": 0.3}
    assert frame.between(row, "ndcg_at_10", "+") == "+0.250 (+0.200 to +0.300)"
    assert tuple(frame.interval_of(row, "ndcg_at_10")) == (0.25, 0.2, 0.3)


def test_what_a_template_asks_for_must_be_there() -> None:
    with pytest.raises(UndefinedError):
        frame.filled("frame.j2", {})


def test_what_is_shown_turns_no_writing_and_has_an_end() -> None:
    assert frame.shown("a\u202eb\x00\nc  d") == "ab c d"
    assert frame.shown("👩‍🔬 كريم") == "👩‍🔬 كريم"  # its joints stay
    assert frame.shown("x" * 10, 5) == "xxxxx…"
    assert frame.shown(7) == "7"


def test_what_is_told_has_its_commands_as_code_and_nothing_else_of_html() -> None:
    told = frame.told("`runner.py why` says <b>, as `a & b` does")
    assert told == (
        "<code>runner.py why</code> says &lt;b&gt;, as <code>a &amp; b</code> does"
    )
    assert frame.told("no `end") == "no `end" and frame.told("`") == "`"
    assert frame.told("`a` and `b") == "<code>a</code> and `b"
