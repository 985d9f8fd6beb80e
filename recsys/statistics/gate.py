"""Is the challenger to replace the champion: PROMOTE, HOLD or REJECT, with reasons in words.

Pure: no clock, no file. What is compared is a metric of each test user, of the same users, paired.

first       no champion yet: must be better than popularity
refresh     same recipe, newer data: must be as good as the champion and as the anchor, which is the
            last version that was promoted as better
new_recipe  must be better than the champion, at a part of the year's chance of a false "better"

All must be better than popularity, and lose nothing at the guardrails. PROMOTE: all is shown.
REJECT: it is shown that the challenger is worse than it may be, by the metric, than the champion,
the anchor or popularity. HOLD: neither, so that more users may show it, or a person decides; a
first model is never rejected. A content that was tested before keeps its verdict.

Why a refresh is judged so. "As good" is: above minus a margin, max(3 %, 2.5 standard errors), so
that an equal one passes at 1,000 users too. Four things keep quality from creeping away, or equal
refreshes from being held (simulated: bench/results/gate.md):

- the anchor: against the champion alone each refresh may lose a margin, and a year has 52
- the champion was promoted because it looked good on these users, and 19 of 20 are still there next
  week, so its figure is too high: a looser level (`champion_level`) is right for it
- one of 52 lucky draws passes what it should not: the mean over the last refreshes, at most
  `refreshes_pooled`, must pass against the anchor too
- of these means no earlier refresh counts as more than a margin below: a broken one of last week
  does not hold the mended one of today
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recsys.statistics import error_budget, gate_words
from recsys.statistics.error_budget import Decision, Kind, Try
from recsys.statistics.gate_params import Params as Params  # it is named gate.Params
from recsys.statistics.paired import Aim, Comparison, compare, compare_figures
from recsys.statistics.refresh_line import RefreshLine, refresh_line


@dataclass(frozen=True, eq=False)
class Guardrail:
    """A metric that may not be lost, of challenger and champion.

    Either values (users,) float64 of the users that it is about (their number may differ from that
    of the other guardrails), or a figure each: with `users`, shares of so many; without, as it is.
    """

    name: str  # coverage_at_10, cold_item_recall_at_10, ...
    challenger: np.ndarray | float
    champion: np.ndarray | float
    users: int = 0

    @property
    def of(self) -> int | None:
        """So many users stand behind it; None for a figure that no user has."""
        if isinstance(self.challenger, np.ndarray):
            return len(self.challenger)
        return self.users or None


@dataclass(frozen=True, eq=False)
class Question:
    """All that the verdict goes by: values (users,) float64, of the same users in the same order.

    `champion` is None for a first model only; `anchor` where the champion is the anchor.
    """

    model_id: str
    kind: Kind
    year: int  # calendar year of today, in the shop's zone
    challenger: np.ndarray
    popularity: np.ndarray
    champion: np.ndarray | None = None
    anchor: np.ndarray | None = None
    guardrails: tuple[Guardrail, ...] = ()
    champion_id: str | None = None
    anchor_id: str | None = None  # the champion's id where it is the anchor
    # test users who do not judge: a model does not know their item, or was trained on it
    left_out: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Verdict:
    """What became of the challenger, why, and what it cost."""

    decision: Decision
    reasons: tuple[str, ...]  # in words, the weightiest first
    comparisons: tuple[Comparison, ...]  # of the metric; none if nothing was tested
    guardrails: tuple[Comparison, ...]
    entry: Try  # what the ledger is to keep
    kept: bool = False  # whether it is an earlier verdict, which the ledger has

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values, for the ledger and MLflow."""
        rows = ("comparisons", self.comparisons), ("guardrails", self.guardrails)
        shown = {name: [each.as_json() for each in found] for name, found in rows}
        return {**asdict(self), "reasons": list(self.reasons), **shown}


def decide(question: Question, tries: Sequence[Try], params: Params) -> Verdict:
    """The verdict on a challenger; `tries` are all earlier ones of the ledger, the oldest first.

    ValueError if arrays do not fit together, or a refresh or new recipe has no champion.
    """
    former = error_budget.former(question.model_id, tries)
    if former is not None:
        return _kept(question, former)
    users, part = len(question.challenger), _part(question, tries, params)
    if users < params.min_users:
        too_few = gate_words.too_few(users, params.min_users, *question.left_out)
        return held(question, too_few)
    if question.kind == "new_recipe" and not part:
        spent = gate_words.nothing_left(params.tries_per_year, question.year)
        return held(question, spent)
    return _tested(question, tries, part, params)


def _part(question: Question, tries: Sequence[Try], params: Params) -> float:
    kind, year = question.kind, question.year
    return error_budget.level(
        kind, year, tries, params.alpha_a_year, params.tries_per_year
    )


def _kept(question: Question, former: Try) -> Verdict:
    """The verdict that the same content had; a PROMOTE holds against the same champion only."""
    stale = former.decision == "PROMOTE" and former.champion_id != question.champion_id
    decision: Decision = "HOLD" if stale else former.decision
    reason = gate_words.kept(former, stale)
    return Verdict(decision, (reason,), (), (), former, kept=True)


def held(question: Question, reason: str) -> Verdict:
    """HOLD at no cost: nothing was compared."""
    return Verdict("HOLD", (reason,), (), (), _entry(question, "HOLD", 0.0, None))


def _tested(
    question: Question, tries: Sequence[Try], part: float, params: Params
) -> Verdict:
    comparisons = _comparisons(question, part, params)
    guardrails, metric = tuple(_guarded(question, params)), params.metric
    findings = [
        *((each.passed, gate_words.compared(each, metric)) for each in comparisons),
        *((each.kept, gate_words.guarded(each)) for each in guardrails),
    ]
    over_anchor = None
    if question.kind == "refresh":
        line = _line(question, comparisons, tries, params)
        over_anchor = line.newest
        if line.refreshes > 1:  # else it is the comparison itself
            findings.append((line.passed, gate_words.in_line(line)))
    findings.sort(key=lambda finding: finding[0])  # what is not shown comes first
    decision = _decision([shown for shown, _ in findings], question.kind, comparisons)
    reasons = [text for _, text in findings] + _notes(question, part, params)
    entry = _entry(question, decision, part, over_anchor)
    return Verdict(decision, tuple(reasons), comparisons, guardrails, entry)


def _decision(
    shown: Sequence[bool], kind: Kind, comparisons: Sequence[Comparison]
) -> Decision:
    if kind != "first" and any(each.worse for each in comparisons):
        return "REJECT"
    return "PROMOTE" if all(shown) else "HOLD"


def _notes(question: Question, part: float, params: Params) -> list[str]:
    """What is not judged, and what the try cost."""
    fewest = params.min_users
    notes = [
        gate_words.unguarded(each.name, each.of or 0, fewest)
        for each in _unguarded(question, params)
    ]
    return [*notes, gate_words.spent(part, question.kind)] if part else notes


def _entry(
    question: Question, decision: Decision, alpha: float, over_anchor: float | None
) -> Try:
    return Try(
        year=question.year,
        model_id=question.model_id,
        kind=question.kind,
        decision=decision,
        alpha=alpha,
        champion_id=question.champion_id,
        anchor_id=question.anchor_id,
        over_anchor=over_anchor,
    )


# ---- what is compared ----


def _comparisons(
    question: Question, part: float, params: Params
) -> tuple[Comparison, ...]:
    """Of the metric: with the champion, the anchor and popularity, as the kind asks for."""
    champion, first = question.champion, question.kind == "first"
    if (champion is None) != first:
        found = "none" if champion is None else "one"
        raise ValueError(f"{question.model_id}: {question.kind} with {found} champion")
    aims: list[tuple[str, np.ndarray | None, Aim]] = []
    if question.kind == "refresh":
        alone = question.anchor is None
        level = params.level if alone else params.champion_level
        aims += [
            ("champion", champion, _as_good(level, params)),
            ("anchor", question.anchor, _as_good(params.level, params)),
        ]
    if question.kind == "new_recipe":
        aims.append(("champion", champion, _better(part, params)))
    popularity = _better(part if first else params.level, params)
    aims.append(("popularity", question.popularity, popularity))
    return tuple(
        compare(name, question.challenger, other, aim)
        for name, other, aim in aims
        if other is not None
    )


def _better(level: float, params: Params) -> Aim:
    return Aim(
        level,
        gain=params.gain_share,
        worse_level=params.level,
        exact_below=params.exact_below,
    )


def _as_good(level: float, params: Params) -> Aim:
    return Aim(
        level,
        params.margin_share,
        params.margin_errors,
        worse_level=params.level,
        exact_below=params.exact_below,
    )


def _line(
    question: Question,
    comparisons: Sequence[Comparison],
    tries: Sequence[Try],
    params: Params,
) -> RefreshLine:
    """The latest refreshes over the anchor, of a refresh; the champion may be the anchor."""
    anchor = comparisons[0 if question.anchor is None else 1]
    earlier = error_budget.refreshes(question.anchor_id, tries)
    return refresh_line(anchor, earlier, params.refreshes_pooled)


def _guarded(question: Question, params: Params) -> Iterator[Comparison]:
    """The guardrails that enough users stand behind."""
    share, errors = params.guardrails.margin_share, params.guardrails.margin_errors
    exact_below = params.exact_below
    aim = Aim(params.level, share, errors, params.level, exact_below=exact_below)
    for each in question.guardrails:
        if each in _unguarded(question, params):
            continue
        if isinstance(each.challenger, np.ndarray):
            other = np.asarray(each.champion)
            yield compare(each.name, each.challenger, other, aim)
        else:
            figures = each.challenger, float(each.champion)
            yield compare_figures(each.name, *figures, aim, each.users)


def _unguarded(question: Question, params: Params) -> list[Guardrail]:
    """The guardrails that have users, but too few to be judged by."""
    fewest = params.min_users
    return [
        each for each in question.guardrails if each.of is not None and each.of < fewest
    ]
