"""reports/gate.html: a challenger beside the champion on the same users, and what the gate says.

The rules are those of recsys/statistics/gate.py; this shows the figures that they went by.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recsys.ranking.breakdown import Group, by_history, groups
from recsys.ranking.evaluation import named
from recsys.reports import frame
from recsys.reports.evaluation import meaning
from recsys.reports.frame import interval_of
from recsys.reports.plot import Plot, Row, Value, plot
from recsys.reports.seeds import Spread
from recsys.statistics import wilson
from recsys.statistics.gate import Verdict
from recsys.statistics.paired import Comparison

TEMPLATE = "gate.j2"
CHALLENGER, CHAMPION, ANCHOR, POPULARITY = (
    "challenger",
    "champion",
    "anchor",
    "popularity",
)
LOOKS = {CHALLENGER: "als", CHAMPION: "bpr"}  # colours and shapes of the two models
ABOUT = {
    CHALLENGER: "the new one, in Staging",
    CHAMPION: "in production now, as if it knew today's purchases",
    ANCHOR: "the last one that was promoted as better, as if it knew today's purchases",
    POPULARITY: "the items with most positives, to everybody",
}
KINDS = {
    "first": "the first model: it must be better than the popularity list",
    "refresh": "a refresh: the same params and code on newer data, so it must be as good",
    "new_recipe": "a new recipe: other params, code or type, so it must be better",
}


class Rival(NamedTuple):
    """A ranker that was compared."""

    name: str  # challenger, champion, anchor or popularity
    model_id: str  # "" of popularity
    per_user: Mapping[str, np.ndarray]  # by metric: (users,) float64
    coverage: float | None = None
    newcomer_recall: float | None = None  # mean
    folded: int | None = (
        None  # users whose factors were found anew from today's history
    )
    as_it_is: Mapping[str, float] | None = (
        None  # means over some users, as it serves today
    )


class Judges(NamedTuple):
    """The users who were asked, and those who were left out."""

    history: np.ndarray  # training positives of each, (users,) int64
    unknown_item: int  # left out: one of the models does not know their item
    trained_on: int  # left out: one of the models was trained on their purchase


class Facts(NamedTuple):
    """All that the page is made of."""

    verdict: Verdict
    metric: str
    rivals: Sequence[Rival]  # the challenger first
    judges: Judges
    seeds: Sequence[
        Spread
    ] = ()  # of the challenger's type; none where it was not measured


def page(facts: Facts) -> str:
    """The page, HTML. ValueError if nobody judged."""
    cutoff = facts.metric.rpartition("_at_")[2]
    metrics = list(dict.fromkeys((facts.metric, f"recall_at_{cutoff}")))
    rows = {rival.name: row(rival, metrics) for rival in facts.rivals}
    per_user = {rival.name: rival.per_user for rival in facts.rivals}
    found = groups(per_user, metrics, by_history(facts.judges.history))
    content = {
        "title": f"The gate: {facts.verdict.decision}",
        "facts": facts,
        "entry": facts.verdict.entry,
        "kind": KINDS[facts.verdict.entry.kind],
        "about": ABOUT,
        "users": len(facts.judges.history),
        "k": cutoff,
        "metrics": metrics,
        "meanings": {metric: meaning(metric) for metric in metrics},
        "rows": rows,
        "ranking": rivals_plot(rows, facts.metric),
        "groups": found,
        "by_history": history_plot(found, facts.metric),
        "look": look,
    }
    return frame.filled(TEMPLATE, content, difference, aim)


def look(name: str) -> str:
    """How a rival is drawn."""
    return LOOKS.get(name, "base")


def row(rival: Rival, metrics: Sequence[str]) -> dict[str, float]:
    """The metrics of a rival with their intervals."""
    found: dict[str, float] = {}
    for metric in metrics:
        found |= named(metric, wilson.interval(rival.per_user[metric]))
    return found


def rivals_plot(rows: Mapping[str, Mapping[str, float]], metric: str) -> Plot:
    """All rivals under one another."""
    drawn = []
    for name, figures in rows.items():
        value = interval_of(figures, metric)
        drawn.append(Row(name, f"{value.mean:.3f}", [Value(look(name), name, value)]))
    return plot(
        "rivals",
        f"{metric} of all who were compared",
        "A mark each; the line is its 95 % interval. The table below has the figures.",
        drawn,
    )


def history_plot(found: Sequence[Group], metric: str) -> Plot:
    """All rivals by the length of the users' history."""
    drawn = []
    for group in found:
        values = [
            Value(look(name), name, interval_of(figures, metric))
            for name, figures in group.rankers.items()
        ]
        users = f"{group.users:,} user{'' if group.users == 1 else 's'}"
        drawn.append(Row(group.name, users, values))
    return plot(
        "history",
        f"{metric} by training positives of the user",
        "A mark a rival in each group; the lines are 95 % intervals.",
        drawn,
    )


def difference(found: Comparison) -> str:
    """The measured difference with its limits."""
    return f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f})"


def aim(found: Comparison) -> str:
    """What must be shown, in words."""
    if found.better:
        return "better"
    return f"no more than {found.margin:.4f} worse"
