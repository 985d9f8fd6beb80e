"""The court of later purchases: was it right to promote the champion, and is it above popularity?

Each week champion, former champion and popularity are scored on purchases that are newer than all
of them. For each of the two others a case is heard: an investor who starts with 1 bets, user by
user, that the other is better. While it is not, no bet makes the capital grow on average, so that
it ever reaches 1 / level with a chance of at most `level`, however often one looks: an e-process.

A bet is a share b of the capital: it is multiplied by 1 + b d, where d in [-1, 1] is the other's
value minus the champion's. The bets of BETS are made side by side, each with an equal part of the
capital; their sum is an e-process too, and soon the best of them is nearly all of it. Waudby-Smith
and Ramdas (2024), Estimating means of bounded random variables by betting, Journal of the Royal
Statistical Society B 86, 1 (diversified Kelly bets). Choe and Ramdas (2024), Comparing sequential
forecasters, Operations Research 72, 1368.

Another champion or former champion is a new case. The k-th of a calendar year has the level
`level` / (k (k + 1)): their sum is `level`, so that it is the chance of any false alarm in a year,
with any number of promotions. A new year begins anew; but a ruling stands as long as its pair does:
January makes no champion better, and who was heard for it is not heard again.

What is assumed: a user's difference says nothing of later ones but by which is better. One who buys
the same each week would break this, so each user is heard once while a pair stands
(recsys/serving/later.py); all of them again, every half of them would double the false alarms.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from pydantic import Field

from recsys.program.params import Section

Other = Literal["former", "popularity"]
Ruling = Literal["open", "worse"]

BETS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75)  # shares of the capital
NAMES: dict[Other, str] = {
    "former": "the former champion",
    "popularity": "popularity",
}
ADVICE: dict[Other, str] = {
    "former": "rollback is advised: `python runner.py rollback`",
    "popularity": "critical: look at the data and at the last promotion",
}


class Params(Section):
    """Section `court` of params.yaml."""

    level: float = Field(gt=0, lt=0.5)
    fewest_users: int = Field(ge=1)


@dataclass(frozen=True, eq=False)
class Hearing:
    """The purchases of a week: a metric of each user, 0 to 1, of the same users in one order."""

    year: int  # calendar year of the hearing
    champion_id: str
    other_id: str  # the former champion's id; of popularity any constant
    champion: np.ndarray  # (users,) float64
    other: np.ndarray  # (users,) float64


@dataclass(frozen=True)
class Case:
    """All that is kept of a case: what was seen, and what the bets have made of the capital."""

    other: Other
    year: int
    number: int  # of the cases of this year, from 1
    champion_id: str
    other_id: str
    weeks: int = 0
    users: int = 0
    total: float = 0.0  # sum of the differences, the other's value minus the champion's
    log_capitals: tuple[float, ...] = (0.0,) * len(BETS)  # of each of BETS, from 1
    highest: float = 0.0  # the highest log_e of any week

    @property
    def log_e(self) -> float:
        """Logarithm of the e-value: how strongly the weeks so far speak for the other."""
        return float(np.logaddexp.reduce(self.log_capitals) - np.log(len(BETS)))

    @property
    def difference(self) -> float:
        """The mean difference, 0 before any user."""
        return self.total / self.users if self.users else 0.0

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self)


def from_json(value: dict[str, Any]) -> Case:
    """The case that `as_json` gave. ValueError if it is another thing, or of other bets."""
    try:
        capitals = tuple(float(each) for each in value["log_capitals"])
        case = Case(**{**value, "log_capitals": capitals})
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a case of the court: {error}") from None
    if len(case.log_capitals) != len(BETS):
        raise ValueError(f"not a case of the court: {len(case.log_capitals)} bets")
    return case


def opened(other: Other, hearing: Hearing, number: int = 1) -> Case:
    """A new case, before its first hearing; `number` among those of the year."""
    ids = hearing.champion_id, hearing.other_id
    return Case(other, hearing.year, number, *ids)


def heard(case: Case, hearing: Hearing, params: Params) -> Case:
    """The case after a week; the order of users does not matter.

    A new case if the year or the pair is another one. A week with fewer than `fewest_users` is not
    heard. ValueError if the values do not fit together, or are not from 0 to 1.
    """
    change = _change(hearing)
    case = _continued(case, hearing, params)
    if len(change) < params.fewest_users:
        return case
    growth = np.log1p(np.multiply.outer(np.array(BETS), change)).sum(axis=1)
    capitals = tuple((np.array(case.log_capitals) + growth).tolist())
    after = replace(
        case,
        weeks=case.weeks + 1,
        users=case.users + len(change),
        total=case.total + float(change.sum()),
        log_capitals=capitals,
    )
    return replace(after, highest=max(case.highest, after.log_e))


def needed(case: Case, params: Params) -> float:
    """The log_e from which on the other is shown to be better."""
    return float(np.log(case.number * (case.number + 1) / params.level))


def ruling(case: Case, params: Params) -> Ruling:
    """`worse`: it was shown that the champion is worse than the other; else `open`."""
    return "worse" if case.highest >= needed(case, params) else "open"


def in_words(case: Case, params: Params) -> str:
    """The ruling, what it stands on, and what it advises."""
    other = NAMES[case.other]
    seen = (
        f"{case.difference:+.4f} for it on average ({case.users:,} users, weeks: {case.weeks}), "
        f"log e up to {case.highest:.1f}, {needed(case, params):.1f} is needed"
    )
    if ruling(case, params) == "open":
        return f"not shown that {other} is better than the champion: {seen}"
    return f"{other} is better than the champion: {seen}; {ADVICE[case.other]}"


def _continued(case: Case, hearing: Hearing, params: Params) -> Case:
    """The case itself, or the one that a new year, another pair or a ruling on another one opens.

    Popularity is asked whether what is in production is below it, whichever model that is: another
    champion opens a new case only after a ruling.
    """
    ids = hearing.champion_id, hearing.other_id
    is_same = ids == (case.champion_id, case.other_id)
    if is_same and ruling(case, params) == "worse":
        return case
    if hearing.year != case.year:
        return opened(case.other, hearing)
    if is_same:
        return case
    if case.other == "popularity" and ruling(case, params) == "open":
        return replace(case, champion_id=ids[0], other_id=ids[1])
    return opened(case.other, hearing, case.number + 1)


def _change(hearing: Hearing) -> np.ndarray:
    """The other's values minus the champion's, (users,) float64."""
    champion, other = hearing.champion, hearing.other
    if champion.shape != other.shape or champion.ndim != 1:
        raise ValueError(
            f"{hearing.champion_id}: shapes {champion.shape} and {other.shape}; "
            "both must be (users,)"
        )
    for values in (champion, other):
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"{hearing.champion_id}: a value is not from 0 to 1")
    change: np.ndarray = other - champion
    return change
