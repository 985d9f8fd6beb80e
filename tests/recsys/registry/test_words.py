"""Descriptions name data, model, and the metric against popularity with its interval."""

from recsys.registry import words
from tests.recsys.registry.cards import EVALUATION
from tests.recsys.registry.worlds import STATE


def test_an_interval_where_there_is_one() -> None:
    row = {"a": 0.5, "a_low": 0.25, "a_high": 0.75, "b": -0.5}
    assert words.interval(row, "a") == "0.5000 [0.2500, 0.7500]"
    assert words.interval(row, "a", "+") == "+0.5000 [+0.2500, +0.7500]"
    assert words.interval(row, "b", "+") == "-0.5000"
    assert words.interval(row, "c") == "-"


def test_a_model_stands_beside_popularity() -> None:
    assert words.about_ranker(EVALUATION, "als", STATE) == (
        "ALS (confidence of positives, dislikes, product texts).\n\n"
        "**recall_at_10 0.5000 [0.4000, 0.6000]; popularity has 0.2500 [0.2000, 0.3000], a "
        "difference of +0.2500 [+0.2000, +0.3000]**\n\n"
        "Measured on 941 test users, full ranking over all unseen products. 10 events "
        "(2026-01-02 to 2026-03-04) of 4 users with 5 products; data `abababababab`, split "
        "`leave_one_out`. Intervals are 95 % bootstrap intervals over users."
    )


def test_popularity_stands_alone_and_an_unknown_name_is_its_own_description() -> None:
    assert words.against_popularity(EVALUATION, "popularity") == (
        "recall_at_10 0.2500 [0.2000, 0.3000]"
    )
    other = EVALUATION.model_copy(
        update={"models": {**EVALUATION.models, "mine": {"recall_at_10": 0.1}}}
    )
    told = words.about_ranker(other, "mine", STATE)
    assert told.startswith("mine.\n\n**recall_at_10 0.1000; popularity has 0.2500")


def test_an_evaluation_names_its_best_model() -> None:
    told = words.about_evaluation(EVALUATION, STATE, {"als": "als-0123456789ab"})
    assert "The best model is `als-0123456789ab`: recall_at_10 0.5000" in told
