"""What the gate is asked in the simulated shop, in the same way everywhere."""

import numpy as np

from bench.gate.shop import Model, Shop
from recsys.statistics.error_budget import Kind
from recsys.statistics.gate import Guardrail, Question

POPULARITY = 0.62  # quality of the popularity list, as on real reviews
COVERAGE = Guardrail("coverage_at_10", 0.8, 0.8)
PARTS = {  # of the users, those that a guardrail is about
    "cold_item_recall_at_10": (0.0, 0.1),
    "low_popularity_recall_at_10": (0.0, 0.5),
    "newcomer_recall_at_10": (0.8, 1.0),
}


def question(
    shop: Shop,
    kind: Kind,
    week: int,
    challenger: Model,
    champion: Model | None,
    anchor: Model | None,
    popularity: Model,
) -> Question:
    """The question of a week, with all guardrails; ids are those of the objects."""
    values = shop.values(challenger)
    of_champion = None if champion is None else shop.values(champion)
    guardrails = () if of_champion is None else _guardrails(values, of_champion)
    alone = anchor is None or anchor is champion
    return Question(
        model_id=f"week-{week}",
        kind=kind,
        year=2026,
        challenger=values,
        popularity=shop.values(popularity),
        champion=of_champion,
        anchor=None if alone or anchor is None else shop.values(anchor),
        guardrails=guardrails,
        champion_id=str(id(champion)),
        anchor_id=str(id(champion if anchor is None else anchor)),
    )


def _guardrails(challenger: np.ndarray, champion: np.ndarray) -> tuple[Guardrail, ...]:
    """Coverage, and hits of some of the users."""
    users = len(challenger)
    made = [COVERAGE]
    for name, (begin, end) in PARTS.items():
        some = slice(round(begin * users), round(end * users))
        hits = [(each[some] > 0).astype(np.float64) for each in (challenger, champion)]
        made.append(Guardrail(name, *hits))
    return tuple(made)
