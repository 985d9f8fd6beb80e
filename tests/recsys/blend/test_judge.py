"""A blend is offered where its lead is sure twice, or beyond doubt at once."""

import numpy as np
import pytest

from recsys.blend.judge import around, blended, judge
from recsys.models import choice
from recsys.models.fold_rows import FoldRows
from recsys.ranking.hybrid import z_scores
from recsys.ranking.weights import ONLY_FACTORS, Weights
from tests.recsys.blend.worlds import ITEMS, PLAIN, fold, view

SHARES = [0.25, 0.5, 0.75]


def never() -> None:
    raise AssertionError("nobody should fit again")


def test_two_halves_of_the_truth_are_better_than_either() -> None:
    found = judge((view(0), view(1)), PLAIN, fold(), SHARES, 0, never)
    figures = found.verdict.figures
    assert found.verdict.offered and "beyond doubt" in found.verdict.why
    assert figures is not None and figures.leads_again == []
    assert found.blend.share == figures.share == 0.5
    assert figures.lead == pytest.approx(
        figures.ndcg_at_10 - max(figures.als_ndcg_at_10, figures.bpr_ndcg_at_10),
        abs=2e-6,
    )
    assert figures.hybrid == found.blend.weights.model_dump()


def test_what_one_of_both_knows_better_has_the_larger_share() -> None:
    better, worse = view(0, noise=1.0), view(1, noise=2.0)
    of_als = judge((better, worse), PLAIN, fold(), SHARES, 0, never).blend.share
    of_bpr = judge((worse, better), PLAIN, fold(), SHARES, 0, never).blend.share
    assert (of_als, of_bpr) == (0.75, 0.25)


def test_a_model_blended_with_itself_gains_nothing() -> None:
    found = judge((view(0), view(0)), PLAIN, fold(), SHARES, 0, never)
    assert not found.verdict.offered
    assert found.verdict.why == "its lead is not more than its error"


def again(*seeds: int) -> tuple[FoldRows, FoldRows]:
    als, bpr = (view(seed) for seed in seeds)
    return als, bpr


@pytest.mark.parametrize(
    ("second", "offered", "why"),
    [
        ((2, 3), True, "stands with another seed"),
        ((2, 2), False, "does not stand"),  # by that seed both are the same
        (None, False, "fits with another seed failed"),
    ],
)
def test_a_lead_must_stand_with_another_seed(
    monkeypatch: pytest.MonkeyPatch,
    second: tuple[int, int] | None,
    offered: bool,
    why: str,
) -> None:
    monkeypatch.setattr(choice, "BEYOND_DOUBT", np.inf)
    rows = (view(0), view(1))
    found = judge(
        rows, PLAIN, fold(), SHARES, 0, lambda: again(*second) if second else None
    )
    assert found.verdict.offered is offered and why in found.verdict.why
    assert found.verdict.figures is not None
    leads = found.verdict.figures.leads_again
    assert len(leads) == (2 if second else 0)
    if offered:
        assert min(leads) > 0


def test_it_must_lead_over_both_models_of_the_other_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second fit of bpr alone is as good as any blend with a poor one."""
    monkeypatch.setattr(choice, "BEYOND_DOUBT", np.inf)
    second = (view(2, noise=50.0), view(3, noise=0.1))
    found = judge((view(0), view(1)), PLAIN, fold(), SHARES, 0, lambda: second)
    assert not found.verdict.offered
    assert found.verdict.figures is not None
    of_als, of_bpr = found.verdict.figures.leads_again
    assert of_als > 0.5 and of_bpr <= 0


def test_a_shop_too_large_to_fit_again_needs_a_lead_beyond_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = (view(0), view(1))
    assert judge(rows, PLAIN, fold(), SHARES, 0, None).verdict.offered
    monkeypatch.setattr(choice, "BEYOND_DOUBT", np.inf)
    found = judge(rows, PLAIN, fold(), SHARES, 0, None).verdict
    assert not found.offered and "too large" in found.why


def test_a_lead_that_is_small_for_its_size_is_not_offered() -> None:
    rows = (view(0), view(1))
    figures = judge(rows, PLAIN, fold(), SHARES, 0, None).verdict.figures
    assert figures is not None
    share = figures.lead / max(figures.als_ndcg_at_10, figures.bpr_ndcg_at_10)
    assert judge(rows, PLAIN, fold(), SHARES, 0.9 * share, None).verdict.offered
    found = judge(rows, PLAIN, fold(), SHARES, 1.1 * share, never).verdict
    assert not found.offered and "least_lead" in found.why


def test_each_model_is_judged_with_the_weights_that_it_serves_with() -> None:
    """Texts are of five kinds, and what is taken next is of another kind than what was bought."""
    by_texts = Weights(content=1000, popularity=0, neighbours=0)
    found = judge((view(0), view(1)), [ONLY_FACTORS, by_texts], fold(), [0.5], 0, never)
    assert found.figures.als_ndcg_at_10 > 0.5 > found.figures.bpr_ndcg_at_10


def test_weights_around_those_that_serve() -> None:
    found = around(PLAIN)
    assert found[0] == ONLY_FACTORS and len(found) == len(set(found))
    assert Weights(content=0, popularity=0, neighbours=2.0) in found
    assert all(
        sum(value > 0 for value in one.model_dump().values()) <= 1 for one in found
    )


def test_the_rows_of_a_blend_are_the_sum_of_z_scores() -> None:
    als, bpr = view(0), view(1)
    made = blended((als, bpr), 0.25)
    scores = made.user_factors @ made.item_factors.T
    wanted = 0.25 * z_scores(als.user_factors) + 0.75 * z_scores(bpr.user_factors)
    assert made.item_factors.shape == (ITEMS, 2 * ITEMS)
    assert z_scores(scores) == pytest.approx(z_scores(wanted), abs=1e-4)
