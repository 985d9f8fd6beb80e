"""The setting of a model of another library that fits a shop, by the validation fold.

A third of the trials is drawn, log-uniform and seeded. Each further one is a step from the best so
far, in one setting with the others kept: by 4 times, then 2, then 1.41, up and down. So the search
moves on where the best lies at the end of what was drawn. Where no step is left it draws again.

The luck of one seed does not choose: the best FINALISTS are fitted again with FRESH other seeds,
and the best mean of these is taken. Then, with at most a quarter more trials, steps from that one
are tried on every side that has none; what is better there becomes a finalist too.

A setting lies inside what was tried if, for each of its values, a smaller and a larger one was
tried with the others kept. If not, it lies on an edge, which is said.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from bench.models.peers import Peer, Places, Setting
from recsys.program.seeds import generator

FIRST_SEED = 42
FRESH = 5
FINALISTS = 5
MOVES = (4, 2, 1)  # places that a step goes
DRAWN_SHARE = 3  # one of so many trials is drawn
CLOSING_SHARE = 4  # one of so many trials may be added to close a side
DRAWS = 1000  # tries to draw what was not tried yet

Judge = Callable[
    [Setting, int], float
]  # by the fold, with a seed; the higher the better


class Found(NamedTuple):
    """What a search has found."""

    setting: Setting
    trials: int  # settings that were tried
    fits: int  # with those of other seeds
    edges: list[str]  # names of the values that lie on an edge
    ndcg: float  # of the fold, mean of the fresh seeds


class Search:
    """What was tried of a peer, and what it gave."""

    def __init__(self, peer: Peer, judge: Judge, seed: int = FIRST_SEED) -> None:
        self.peer, self.judge, self.seed = peer, judge, seed
        self.rng = generator(seed)
        self.tried: dict[Places, float] = {}  # with the first seed
        self.fresh: dict[Places, float] = {}  # with the others, the mean

    def attempt(self, places: Places) -> float:
        """What the setting gives with the first seed."""
        if places not in self.tried:
            self.tried[places] = self.judge(self.peer.setting(places), self.seed)
        return self.tried[places]

    def explore(self, trials: int) -> None:
        """Draw, then step from the best, until so many are tried or nothing is left."""
        drawn = max(1, trials // DRAWN_SHARE)
        while len(self.tried) < trials:
            is_begun = len(self.tried) >= drawn
            places = self._step() if is_begun else self._draw()
            places = places or self._draw()
            if places is None:
                return
            self.attempt(places)

    def finalist(self, places: Places) -> float:
        """The mean that the setting gives with fresh seeds; of a model without, as before."""
        if places not in self.fresh:
            seeds = range(self.seed + 1, self.seed + 1 + FRESH)
            setting = self.peer.setting(places)
            self.fresh[places] = (
                float(np.mean([self.judge(setting, seed) for seed in seeds]))
                if self.peer.has_seed
                else self.attempt(places)
            )
        return self.fresh[places]

    def best(self) -> Places:
        """The best finalist; the first at a tie."""
        return max(self.fresh, key=lambda one: self.fresh[one])

    def settle(self, more: int) -> Places:
        """The setting that is taken, after at most `more` trials beside it."""
        order = sorted(self.tried, key=lambda one: -self.tried[one])
        for places in order[:FINALISTS]:
            self.finalist(places)
        left = len(self.tried) + more
        while len(self.tried) < left:
            places = self.best()
            beside = next(self._missing(places), None)
            if beside is None:
                break
            if self.attempt(beside) > self.tried[places]:
                self.finalist(beside)
        return self.best()

    def edges(self, places: Places) -> list[str]:
        """Names of the values beside which nothing smaller, or nothing larger, was tried."""
        found = []
        for at, name in enumerate(self.peer.ranges):
            for side, word in ((-1, "least"), (1, "most")):
                if not self._has_beside(places, at, side):
                    found.append(f"{name} ({word})")
        return found

    def _draw(self) -> Places | None:
        for _ in range(DRAWS):
            values = self.peer.ranges.values()
            places = tuple(one.drawn(self.rng) for one in values)
            if places not in self.tried:
                return places
        return None

    def _step(self) -> Places | None:
        best = max(self.tried, key=lambda one: self.tried[one])
        for distance in MOVES:
            for beside in self._beside(best, distance):
                if beside not in self.tried:
                    return beside
        return None

    def _beside(self, places: Places, distance: int) -> Iterator[Places]:
        for at in range(len(places)):
            for side in (-distance, distance):
                moved = self._moved(places, at, side)
                if moved:
                    yield moved

    def _moved(self, places: Places, at: int, by: int) -> Places | None:
        """None beyond the range, and where the rounded value stays the same."""
        values = list(self.peer.ranges.values())[at]
        place = places[at] + by
        if not values.has(place) or values.value(place) == values.value(places[at]):
            return None
        return (*places[:at], place, *places[at + 1 :])

    def _missing(self, places: Places) -> Iterator[Places]:
        """Steps to each side on which nothing was tried."""
        for at in range(len(places)):
            for side in (-1, 1):
                if self._has_beside(places, at, side):
                    continue
                steps = (self._moved(places, at, side * by) for by in (2, 1))
                yield from [one for one in steps if one][:1]

    def _has_beside(self, places: Places, at: int, side: int) -> bool:
        rest = places[:at], places[at + 1 :]
        return any(
            (one[:at], one[at + 1 :]) == rest and (one[at] - places[at]) * side > 0
            for one in self.tried
        )


def search(peer: Peer, judge: Judge, trials: int) -> Found:
    """The setting of the peer that is best by `judge`, by so many trials."""
    made = Search(peer, judge)
    made.explore(trials)
    taken = made.settle(max(1, trials // CLOSING_SHARE))
    again = FRESH * len(made.fresh) if peer.has_seed else 0
    return Found(
        setting=peer.setting(taken),
        trials=len(made.tried),
        fits=len(made.tried) + again,
        edges=made.edges(taken),
        ndcg=made.fresh[taken],
    )
