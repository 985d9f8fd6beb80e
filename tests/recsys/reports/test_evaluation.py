"""The page: what it says, that it needs nothing from outside, and that it is safe to open."""

import pytest

from recsys.models.blend_verdict import Verdict
from recsys.models.manifest import Notes
from recsys.ranking.breakdown import RANKERS, Breakdown, Group, Lists
from recsys.ranking.evaluation_file import Evaluation
from recsys.reports import evaluation
from recsys.reports.evaluation import Facts, Shop, Trained
from tests.pages import HOSTILE, check_alone, check_harmless, check_readable, words
from tests.recsys.models.test_blend_verdict import FIGURES


def row(mean: float, over: float | None = None) -> dict[str, float]:
    found = {"coverage_at_10": 0.5, "cold_item_recall_at_10": 0.25}
    found |= {"cold_item_users": 7.0, "cold_item_share_at_10": 0.125}
    for metric in ("recall_at_10", "ndcg_at_10"):
        for prefix in ("", "newcomer_"):
            name = f"{prefix}{metric}"
            found |= {
                name: mean,
                f"{name}_low": mean - 0.05,
                f"{name}_high": mean + 0.05,
            }
        if over is not None:
            name = f"{metric}_over_popularity"
            found |= {name: over, f"{name}_low": over - 0.1, f"{name}_high": over + 0.1}
    return found


def facts(over: float = 0.3, notes: Notes | None = None) -> Facts:
    models = {"als": row(0.5, over), "bpr": row(0.4, 0.2), "popularity": row(0.2)}
    group = Group(
        name="1 positive",
        users=1234,
        rankers={name: row(0.3) for name in RANKERS},
    )
    lists = {"als": Lists(users=9, novelty=3.456, diversity=0.789)}
    return Facts(
        Evaluation(
            best="als",
            primary="recall_at_10",
            test_users=1500,
            test_users_in_all=2500,
            models=models,
        ),
        Breakdown(history=[group], popularity=[group], cold=[group], lists=lists),
        {"als": Trained("als-0123456789ab", notes or searched()), "bpr": NOT_SEARCHED},
        Shop(3000, 400, 5000),
    )


def searched(name: str = "dense") -> Notes:
    setting = {
        "name": name,
        "changes": {"factors": 128, "loss": name},
        "hybrid": {"content": 0.3, "popularity": 0.5},
        "ndcg_at_10": 0.2846,
        "ndcg_at_10_as_given": 0.2729,
    }
    search = {
        "users": 397,
        "settings": [setting],
        "taken": name,
        "changes": {"x": name},
    }
    search |= {"lead": 0.0116, "error": 0.007, "leads_again": [0.0156]}
    cold = {"used": True, "cold_recall_at_10": 0.022046, "cold_users": 189}
    return Notes.model_validate(
        {
            "embedding_space": name,
            "cold_start": {"used": True, "classes": {name: cold}},
            "served": {"content": 0.3},
            "search": search,
        }
    )


NOT_SEARCHED = Trained("bpr-0123456789ab", Notes())


def test_it_says_what_was_measured_and_what_came_of_it() -> None:
    told = words(evaluation.page(facts()))
    for sentence in (
        "The best model is als : recall_at_10 0.500 (0.450 to 0.550).",
        "The popularity list has 0.200 (0.150 to 0.250).",
        "The difference, +0.300 (+0.200 to +0.400), is more than chance.",
        "learned from 5,000 positives of 3,000 users with 400 items",
        "Each of 1,500 test users (of 2,500, evenly spread)",
        "1 setting judged by 397 users of the validation fold. Taken: dense",
        "+0.0116, standard error 0.0070; fitted again with another seed +0.0156",
        "Nothing was tried",
        "als is better than popularity",
        "als 9 3.46 0.79",
        "dense used 0.022 - 189",
        "1,234 users",
        "python runner.py promote",
    ):
        assert sentence in told, sentence


def test_a_model_that_may_be_no_better_is_told_so() -> None:
    told = words(evaluation.page(facts(over=0.05)))
    assert "may be chance: the model is not surely better" in told
    assert "als is not surely better than popularity. Look at the data first" in told
    assert "wait in Staging" not in told


def test_what_comes_from_outside_is_text() -> None:
    html = evaluation.page(facts(notes=searched(HOSTILE)))
    check_harmless(html)


def test_it_needs_nothing_from_outside() -> None:
    check_alone(evaluation.page(facts()))


def test_it_is_whole_and_a_screen_reader_finds_its_way() -> None:
    check_readable(evaluation.page(facts()), plots=4)


def test_twice_gives_the_same_page() -> None:
    assert evaluation.page(facts()) == evaluation.page(facts())


@pytest.mark.parametrize(
    ("metric", "wanted"),
    [
        ("recall_at_5", "stand in the first 5 places"),
        ("hit_rate_at_20", "in the first 20 places"),
        ("mrr_at_10", "after place 10"),
    ],
)
def test_every_metric_has_plain_words(metric: str, wanted: str) -> None:
    assert wanted in evaluation.meaning(metric)


def test_a_figure_that_was_not_noted_is_a_dash() -> None:
    assert evaluation.figure({"a": 0.12345}, "a") == "0.123"
    assert evaluation.figure({}, "a") == "-"


def test_it_says_what_a_blend_would_give_offered_or_not() -> None:
    assert "als and bpr together" not in words(evaluation.page(facts()))
    verdict = Verdict(offered=True, why="its lead stands", figures=FIGURES)
    told = words(evaluation.page(facts()._replace(blend=verdict)))
    for sentence in (
        "Offered: its lead stands. The best blend has 0.75 of als and 0.25 of bpr",
        "with the weights content 0.1, popularity 1.0, neighbours 0.5",
        "blend 0.4000, als 0.3800, bpr 0.3700",
        "lead over the better one +0.0200, standard error 0.0050",
        "over als and over bpr with another seed +0.0150, +0.0300.",
    ):
        assert sentence in told, sentence
    none = Verdict(offered=False, why="blend.mode is off")
    html = evaluation.page(facts()._replace(blend=none))
    assert "Not offered: blend.mode is off." in words(html)
    check_readable(html, plots=4)


def test_a_blend_that_is_offered_stands_among_the_models() -> None:
    found = facts()
    models = {**found.evaluation.models, "blend": row(0.6, 0.4)}
    best = found.evaluation.model_copy(update={"best": "blend", "models": models})
    html = evaluation.page(found._replace(evaluation=best))
    told = words(html)
    assert "The best model is blend" in told
    assert "blend (best) both together, as it serves" in told
    assert evaluation.look("blend") == "blend"
    check_readable(html, plots=4)
