"""reports/evaluation.html: what the models are worth, for people; one page that needs no network.

The same facts give the same bytes: it has no date in it and no name of a machine. All that comes
from outside is escaped.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recsys.models.blend_verdict import Verdict
from recsys.models.manifest import Notes
from recsys.ranking.breakdown import RANKERS, Breakdown, Group
from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.model_names import BASELINE, MODELS
from recsys.reports import frame
from recsys.reports.frame import interval_of
from recsys.reports.plot import Plot, Row, Value, plot

TEMPLATE = "evaluation.j2"
ABOUT = {
    "als": "ALS as it serves",
    "bpr": "BPR as it serves",
    "blend": "both together, as it serves",
    "als_factors": "ALS, factors alone",
    "bpr_factors": "BPR, factors alone",
    "blend_factors": "both together, factors alone",
    "popularity": "the items with most positives, to everybody",
    "random": "chance",
    "content": "items with texts like those that the user liked",
}
MEANING = {
    "recall": "the share of a user's test items that stand in the first {k} places of the list",
    "precision": "the share of the first {k} places that test items have",
    "hit_rate": "the share of users with a test item in the first {k} places of the list",
    "ndcg": "how high the test items stand in the first {k} places of the list; 1 is ideal",
    "map": "how early the test items come in the first {k} places; 1 is ideal",
    "mrr": "1 / place of the first test item in the list, 0 after place {k}",
}


class Trained(NamedTuple):
    """A model, and what training found out."""

    model_id: str
    notes: Notes


class Shop(NamedTuple):
    """What the models were trained on."""

    users: int
    items: int
    positives: int
    odd: Mapping[str, float] = {}  # shares over their bounds, by name: metrics/odd.json


class Facts(NamedTuple):
    """All that the page is made of."""

    evaluation: Evaluation
    breakdown: Breakdown
    trained: Mapping[str, Trained]  # by the name of the model
    shop: Shop
    blend: Verdict | None = None  # what both models together would give


class Part(NamedTuple):
    """One way to group the test users."""

    plot: Plot
    groups: Sequence[Group]
    head: str  # of the column of groups


def page(facts: Facts) -> str:
    """The page, HTML. ValueError if a figure that it shows is missing."""
    evaluation = facts.evaluation
    cutoff = evaluation.primary.rpartition("_at_")[2]
    ndcg = f"ndcg_at_{cutoff}"
    metrics = list(dict.fromkeys((evaluation.primary, ndcg)))
    content = {
        "title": "Evaluation of the recommender",
        "look": look,
        "facts": facts,
        "evaluation": evaluation,
        "best": evaluation.models[evaluation.best],
        "baseline": evaluation.models[BASELINE],
        "models": [name for name in MODELS if name in evaluation.models],
        "rankers": [name for name in RANKERS if name in evaluation.models],
        "about": ABOUT,
        "k": cutoff,
        "metrics": metrics,
        "meanings": {metric: meaning(metric) for metric in metrics},
        "ranking": ranking_plot(evaluation),
        "parts": parts(facts.breakdown, evaluation.primary),
        "is_ahead": is_ahead(evaluation),
    }
    return frame.filled(TEMPLATE, content, cold_classes, figure)


def meaning(metric: str) -> str:
    """A metric with a cutoff in plain words."""
    name, _, k = metric.partition("_at_")
    return MEANING[name].format(k=k)


def is_ahead(evaluation: Evaluation) -> bool:
    """Whether the best model is surely better than popularity."""
    row = evaluation.models[evaluation.best]
    return row[f"{evaluation.primary}_over_{BASELINE}_low"] > 0


def look(name: str) -> str:
    """How a ranker is drawn: the models have a look each, all others share one."""
    return name if name in MODELS else "base"


def cold_classes(notes: Notes) -> list[dict[str, Any]]:
    """The verdict on each class of cold items and its `name`; figures as training noted."""
    found = notes.cold_start.classes if notes.cold_start else None
    return [{"name": name} | one.model_dump() for name, one in (found or {}).items()]


def figure(noted: Mapping[str, Any], name: str) -> str:
    """A figure with three decimals; `-` where an older model has not noted it."""
    value = noted.get(name)
    return f"{value:.3f}" if isinstance(value, float) else "-"


def ranking_plot(evaluation: Evaluation) -> Plot:
    """The primary metric of all models and baselines, the best first."""
    rows = []
    for name in evaluation.best_first():
        value = interval_of(evaluation.models[name], evaluation.primary)
        told = f"{value.mean:.3f}"
        rows.append(Row(name, told, [Value(look(name), name, value)]))
    return plot(
        "ranking",
        f"{evaluation.primary} of the models and baselines",
        "A mark a model or baseline, the best first; the line is its 95 % interval. "
        "The table below has the figures.",
        rows,
    )


def parts(breakdown: Breakdown, metric: str) -> list[Part]:
    """The breakdowns of a metric, in the order of the page."""
    return [
        _part("history", "training positives of the user", breakdown.history, metric),
        _part(
            "popularity", "popularity of the test item", breakdown.popularity, metric
        ),
        _part("cold", "cold test item or not", breakdown.cold, metric),
    ]


def _part(name: str, head: str, groups: Sequence[Group], metric: str) -> Part:
    rows = [
        Row(group.name, _users(group.users), _values(group, metric)) for group in groups
    ]
    drawn = plot(
        name,
        f"{metric} by {head}",
        "A mark a model, and one of popularity; the lines are 95 % intervals. "
        "The table below has the figures.",
        rows,
    )
    return Part(drawn, groups, head)


def _users(users: int) -> str:
    return f"{users:,} user{'' if users == 1 else 's'}"


def _values(group: Group, metric: str) -> list[Value]:
    return [
        Value(look(name), name, interval_of(group.rankers[name], metric))
        for name in RANKERS
        if name in group.rankers
    ]
