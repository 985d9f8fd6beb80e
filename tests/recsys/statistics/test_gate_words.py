"""What the gate says, in whole sentences."""

from dataclasses import replace

from recsys.statistics import gate_words
from recsys.statistics.error_budget import Try
from recsys.statistics.paired import Comparison
from recsys.statistics.refresh_line import RefreshLine

REFRESH = Comparison(
    against="champion",
    users=1000,
    differing=300,
    reference=0.1,
    difference=-0.001,
    error=0.004,
    better=False,
    margin=0.01,
    allowed=0.003,
    level=0.05,
    low=-0.0076,
    high=0.0056,
    p=0.01,
    assumed=0.0,
    power=0.8,
    detectable=0.0,
    by="t",
)
RECIPE = replace(
    REFRESH, better=True, margin=0.0, allowed=0.0, p=0.6, assumed=0.005, power=0.31
)
FORMER = Try(2026, "als-1", "refresh", "HOLD", 0.0, "als-0", "als-0", 0.0)


def test_a_refresh_that_passes() -> None:
    assert gate_words.compared(REFRESH, "ndcg_at_10") == (
        "as good as the champion: ndcg_at_10 0.0990 against 0.1000, -0.0010 [-0.0076, +0.0056] "
        "where -0.0100 is allowed, 1,000 users, 300 differ; one that is equal passes in 80% of "
        "cases"
    )


def test_a_refresh_that_does_not_says_what_would() -> None:
    held = replace(REFRESH, p=0.2, difference=-0.0045, low=-0.0111, high=0.0021)
    assert gate_words.compared(held, "ndcg_at_10") == (
        "not shown to be as good as the champion: ndcg_at_10 0.0955 against 0.1000, "
        "-0.0045 [-0.0111, +0.0021] where -0.0100 is allowed, 1,000 users, 300 differ; "
        "-0.0034 or more passes here; more users do not help if this is the true difference; "
        "one that is equal passes in 80% of cases"
    )


def test_a_recipe_that_is_not_shown_to_be_better() -> None:
    open_ = replace(RECIPE, against="popularity", difference=0.002, low=-0.0046)
    said = gate_words.compared(open_, "recall_at_10")
    assert said.startswith(
        "not shown to be better than popularity: recall_at_10 0.1020"
    )
    assert "+0.0066 or more passes here, or about 24," in said
    assert said.endswith("one that is 5% better passes in 31% of cases")


def test_a_recipe_that_is_better_and_one_that_is_worse() -> None:
    better, worse = replace(RECIPE, p=0.001), replace(RECIPE, high=-0.001)
    assert gate_words.compared(better, "x").startswith("better than the champion: x")
    said = gate_words.compared(worse, "x")
    assert said.startswith("worse than the champion: x") and "is allowed" not in said
    assert "passes here" not in said


def test_equal_values_are_said_in_one_phrase() -> None:
    same = replace(REFRESH, by="same", p=0.0, against="anchor")
    assert gate_words.compared(same, "ndcg_at_10") == (
        "as good as the anchor: all 1,000 users have the same ndcg_at_10"
    )


def test_a_guardrail() -> None:
    kept = replace(REFRESH, against="coverage_at_10", error=0.0, margin=0.08)
    assert gate_words.guarded(kept) == (
        "coverage_at_10 is kept: 0.0990 against 0.1000, -0.0010 where -0.0800 is allowed"
    )
    held = gate_words.guarded(replace(kept, p=0.2))
    assert held.startswith("coverage_at_10 is not shown to be kept: 0.0990")
    lost = gate_words.guarded(replace(kept, p=0.2, high=-0.01))
    assert lost.startswith("coverage_at_10 is lost: 0.0990")
    few = replace(kept, by="few", differing=3, p=0.9)
    assert gate_words.guarded(few) == (
        "coverage_at_10 is not judged: 3 of 1,000 users differ"
    )
    assert gate_words.unguarded("newcomers", 7, 20) == (
        "newcomers is not judged: 7 users, below 20"
    )


def test_the_line_of_refreshes() -> None:
    assert gate_words.in_line(RefreshLine(4, 0.0, -0.001, -0.003)) == (
        "the last 4 refreshes keep to the anchor: -0.0010 on average, "
        "-0.0030 or more is needed"
    )
    assert "do not surely keep" in gate_words.in_line(RefreshLine(4, 0, -0.1, -0.003))


def test_what_is_said_without_a_comparison() -> None:
    few = "12 test users; nothing is compared below 20"
    assert gate_words.too_few(12, 20, 0, 0) == few
    assert gate_words.too_few(12, 20, 1234, 5) == (
        f"{few}; left out are 1,234 whose item one of the models does not know and 5 whose "
        "purchase one of the models was trained on: were the shop's files exchanged?"
    )
    assert gate_words.nothing_left(12, 2026) == (
        "the 12 tries that 2026 has for new recipes are used; the next one is in January 2027"
    )
    assert gate_words.kept(FORMER, stale=False) == (
        "als-1 was judged before (HOLD, 2026): the same content keeps its verdict"
    )
    assert gate_words.kept(replace(FORMER, decision="PROMOTE"), stale=True) == (
        "als-1 was judged before (PROMOTE, 2026), but against another champion (als-0); "
        "a new fit is needed"
    )


def test_what_a_try_cost() -> None:
    assert gate_words.spent(0.05 / 12, "new_recipe") == (
        "this new recipe was tested at 0.0042 of the year's chance of a false better"
    )


def test_what_is_worse_is_told_by_the_share_that_may_be_lost() -> None:
    lost = replace(REFRESH, p=0.9, difference=-0.009, low=-0.0156, high=-0.0035)
    assert lost.worse and abs(lost.difference) < lost.margin
    assert "-0.0090 [-0.0156, -0.0035] where -0.0030 is allowed" in (
        gate_words.guarded(lost)
    )
