"""Counters in Prometheus' text format."""

import json

import pytest

from recsys.serving import counters
from recsys.serving.counters import Counters

LINE = r"(# (HELP|TYPE) .+|[a-z_]+(\{([a-z]+=\"[^\"]*\",?)+\})? [0-9.e+]+)"


def test_what_was_counted_is_said() -> None:
    made = Counters()
    for seconds in (0.0004, 0.0005, 0.003, 7.0):
        made.request("/recommend", 200, seconds)
    made.request("/recommend", 404, 0.02)
    made.lists["trained"] += 2
    made.reloads["loaded"] += 1
    about = {"model_id": "als-1", "generation": 3, "hidden_products": 2}
    lines = made.text(about).splitlines()
    for line in (
        'recommender_requests_total{route="/recommend",code="200"} 4',
        'recommender_request_seconds_bucket{route="/recommend",le="0.0005"} 2',
        'recommender_request_seconds_bucket{route="/recommend",le="0.005"} 3',
        'recommender_request_seconds_bucket{route="/recommend",le="+Inf"} 5',
        'recommender_request_seconds_sum{route="/recommend"} 7.023900',
        'recommender_lists_total{how="trained"} 2',
        'recommender_reloads_total{result="loaded"} 1',
        'recommender_model_info{model_id="als-1"} 1',
        "recommender_model_generation 3",
        "recommender_hidden_products 2",
    ):
        assert line in lines


def test_nothing_is_loaded() -> None:
    assert 'recommender_model_info{model_id=""} 0' in Counters().text(None)


def test_lines_that_were_lost_are_counted_where_a_log_is_kept() -> None:
    assert "impressions" not in Counters().text(None)
    assert "recommender_impressions_lost_total 3" in Counters(3).text(None)


def counted(lost: int | None = None) -> Counters:
    made = Counters(lost)
    made.request("/recommend", 200, 0.003)
    made.lists["trained"] += 1
    made.reloads["refused"] += 1
    return made


def test_counts_add_up() -> None:
    both, other = counted(), counted(2)
    other.request("/similar", 404, 7.0)
    both.add(json.loads(json.dumps(other.as_json())))
    lines = both.text(None).splitlines()
    for line in (
        'recommender_requests_total{route="/recommend",code="200"} 2',
        'recommender_requests_total{route="/similar",code="404"} 1',
        'recommender_request_seconds_bucket{route="/recommend",le="0.005"} 2',
        'recommender_request_seconds_count{route="/similar"} 1',
        'recommender_request_seconds_sum{route="/recommend"} 0.006000',
        'recommender_lists_total{how="trained"} 2',
        'recommender_reloads_total{result="refused"} 2',
        "recommender_impressions_lost_total 2",
    ):
        assert line in lines


@pytest.mark.parametrize("harm", ["requests", "places", "lost"])
def test_what_are_no_counts_adds_nothing(harm: str) -> None:
    both, bad = counted(), counted().as_json()
    before = both.as_json()
    bad[harm] = {"/recommend": [1]} if harm == "places" else "odd"
    with pytest.raises((ValueError, TypeError)):
        both.add(bad)
    assert both.as_json() == before


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb"])
def test_a_label_cannot_break_out_of_its_line(name: str) -> None:
    made = Counters()
    made.lists[name] += 1
    text = made.text(None)
    assert text.count("recommender_lists_total{") == 1
    assert name not in text


def test_without_proc_there_is_no_memory_to_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "process_resident_memory_bytes" in Counters().text(None)
    monkeypatch.setattr(counters, "PAGES", counters.PAGES / "absent")
    assert "process_resident_memory_bytes" not in Counters().text(None)
