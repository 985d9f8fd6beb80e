"""The page of a verdict: who was compared, by whom, what was shown, and what to do."""

import numpy as np
import pytest

from recsys.program import params as parameters
from recsys.reports import gate as report
from recsys.reports.gate import ANCHOR, CHALLENGER, CHAMPION, POPULARITY, Rival
from recsys.statistics import gate
from recsys.statistics.gate import Guardrail, Question
from tests.pages import HOSTILE, check_alone, check_harmless, check_readable, words
from tests.worlds import ROOT

RULES = parameters.load(gate.Params, "gate", ROOT / "params.yaml")
USERS = 400


def values(mean: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(USERS) < mean).astype(np.float64)


def facts(mean: float = 0.6, champion: str | None = "als-champion") -> report.Facts:
    challenger, other, popular = (
        values(*each) for each in ((mean, 1), (0.4, 2), (0.1, 3))
    )
    asked = Question(
        model_id="bpr-new",
        kind="new_recipe" if champion else "first",
        year=2026,
        challenger=challenger,
        popularity=popular,
        champion=other if champion else None,
        champion_id=champion,
        anchor_id=champion,
        guardrails=(Guardrail("coverage_at_10", 0.8, 0.79),) if champion else (),
    )
    verdict = gate.decide(asked, [], RULES)
    rivals = [
        Rival(CHALLENGER, "bpr-new", both(challenger), 0.8, 0.25, 12, means(0.5)),
        Rival(POPULARITY, "", both(popular)),
    ]
    if champion:
        figures = both(other), 0.79, 0.2, 345, means(0.125)
        rivals.insert(1, Rival(CHAMPION, champion, *figures))
    history = np.array([1, 2, 7, 7] * (USERS // 4))
    return report.Facts(verdict, "ndcg_at_10", rivals, report.Judges(history, 1234, 56))


def both(per_user: np.ndarray) -> dict[str, np.ndarray]:
    return {"ndcg_at_10": per_user, "recall_at_10": per_user / 2}


def means(value: float) -> dict[str, float]:
    return {"ndcg_at_10": value, "recall_at_10": value}


def test_it_says_who_was_compared_and_by_whom() -> None:
    told = words(report.page(facts()))
    for sentence in (
        "PROMOTE: bpr-new",
        "May it replace als-champion ? It is a new recipe",
        "All by the same 400 test users",
        "1,234 whose item one of the models does not know",
        "56 whose purchase one of the models was trained on",
        "0.800 0.250 12 0.500 0.500",  # coverage, newcomers, folded in, as it serves
        "0.790 0.200 345 0.125 0.125",
        "coverage_at_10 0.7900 +0.0100",
        "6 or more positives 200",
    ):
        assert sentence in told, sentence


@pytest.mark.parametrize(
    ("mean", "decision", "next_step"),
    [
        (0.6, "PROMOTE", "how the service was verified"),
        (0.42, "HOLD", "takes it on your word"),
        (0.2, "REJECT", "cannot be approved"),
    ],
)
def test_each_verdict_has_its_reasons_and_next_step(mean, decision, next_step) -> None:
    made = facts(mean)
    told = words(report.page(made))
    assert made.verdict.decision == decision and told.count(decision)
    assert next_step in told
    for reason in made.verdict.reasons:
        assert reason in told


def test_a_first_model_stands_beside_popularity_alone() -> None:
    told = words(report.page(facts(champion=None)))
    assert "the first model: it must be better than the popularity list" in told
    assert "May it replace" not in told and "champion" not in told


def test_what_comes_from_outside_is_text() -> None:
    check_harmless(report.page(facts(champion=HOSTILE)))


def test_it_needs_nothing_from_outside() -> None:
    check_alone(report.page(facts()))


def test_it_is_whole_and_a_screen_reader_finds_its_way() -> None:
    check_readable(report.page(facts()), plots=2)


def test_an_anchor_has_a_row_of_its_own() -> None:
    made = facts()
    rivals = [*made.rivals, Rival(ANCHOR, "als-old", both(values(0.4, 9)), 0.7)]
    assert "anchor als-old: the last one" in words(
        report.page(made._replace(rivals=rivals))
    )
