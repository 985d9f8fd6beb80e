"""The setting of ALS and the hybrid weights that fit the shop, chosen inside training.

search: presets   the section and the presets (recsys/als/presets.py), each with a grid of weights
        quick     a few more settings that are drawn: all are begun, and judged by some users; the
                  better third is finished (successive halving: Jamieson and Talwalkar, 2016);
                  of Spark the presets alone
        weights   the section, with a grid of weights
        off       the section as it is

A setting is fitted without the validation fold and judged as it would serve. The section is left
only for a lead of more than one standard error, which must stand with another seed of the fit too
unless it is beyond doubt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from recsys.als.model import AlsFit
from recsys.als.params import Params
from recsys.als.presets import Changes, changed, drawn, presets_for
from recsys.dataset.interactions import some_users
from recsys.dataset.training_inputs import Inputs
from recsys.models import choice
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.choice import (
    PRIOR,
    Candidate,
    Fold,
    Lead,
    all_weights,
    lead,
    weights_at,
)
from recsys.models.fold_rows import FoldRows
from recsys.models.manifest import Search
from recsys.models.model import Fit, Trained
from recsys.models.params import OFF, WEIGHTS
from recsys.program.errors import ConfigError
from recsys.ranking.weights import Weights

BEGUN = 8  # iterations after which `quick` compares settings; after 4 some are still far off
BEGUN_USERS = 1000  # at most so many judge them then
FINISHED = 3  # so many are finished
SECOND_SEED = 1  # added to the seed for the fit that must say the same


@dataclass(frozen=True)
class Engine:
    """By what ALS is fitted, and which settings of it are tried."""

    fit: Callable[[Params, Inputs, TrainingCheckpoints | None], Fit]
    presets: Callable[[Inputs], dict[str, Changes]]
    draws: bool  # whether `quick` knows more settings


LOCAL = Engine(
    lambda params, inputs, kept: AlsFit(params, inputs.vectors, kept),
    presets_for,
    draws=True,
)


@dataclass(frozen=True)
class Fits:
    """Fits of settings on the validation fold."""

    inputs: Inputs
    params: Params
    fold: Fold
    engine: Engine = LOCAL

    def fitted(
        self, changes: Changes, seed: int = 0, iterations: int | None = None
    ) -> Trained | None:
        """The fit with these changes; None if it grew beyond bounds."""
        more = {"seed": self.params.seed + seed}
        if iterations:
            more["iterations"] = iterations
        fit = self.engine.fit(changed(self.params, changes | more), self.inputs, None)
        try:
            return fit.fit(self.fold.known)
        except ConfigError:
            return None

    def judged(
        self, settings: Mapping[str, Changes], iterations: int | None = None
    ) -> dict[str, "Judged"]:
        """Each setting with all weights; without settings that grew beyond bounds."""
        held_out, rows = self.fold.held_out, {}
        for name, changes in settings.items():
            trained = self.fitted(changes, iterations=iterations)
            if trained is not None:
                rows[name] = trained.of_judges(held_out)
        values = self.fold.judged_each(
            [one.scorer(held_out) for one in rows.values()],
            all_weights(self.params.hybrid),
        )
        return {
            name: Judged(of_it, one)
            for (name, one), of_it in zip(rows.items(), values, strict=True)
        }


class Judged(NamedTuple):
    """What a setting gave."""

    values: np.ndarray  # ndcg_at_10 of each user with each of the weights, float64
    rows: FoldRows


class Found(NamedTuple):
    """The params that fit the shop, and what was found out."""

    params: Params
    note: Search | None = None
    fold: FoldRows | None = None  # of the setting that was taken


def values_of(judged: Mapping[str, Judged]) -> dict[str, np.ndarray]:
    """The gains by the names of the settings, (weights, users) float64 each."""
    return {name: one.values for name, one in judged.items()}


def search(inputs: Inputs, params: Params, engine: Engine = LOCAL) -> Found:
    """The params that fit the shop, and what was found out; as they are with `search: off`, and
    where the shop holds nothing out.
    """
    fold = None if params.search == OFF else choice.fold_of(inputs, params.hybrid)
    if fold is None:
        return Found(params)
    fits = Fits(inputs, params, fold, engine)
    settings = _settings(fits)
    judged = fits.judged(settings)
    if PRIOR not in judged:
        return Found(params)  # the fit itself will say what is wrong
    values = values_of(judged)
    found = _Decision(fits, settings, values)
    taken = found.taken()
    weights = weights_at(taken.at, params.hybrid)
    ahead = found.ahead(taken if taken.name != PRIOR or taken.at else found.tried[0])
    note = Search(
        users=len(taken.values),
        settings=choice.settings_note(values, settings, params.hybrid),
        taken=taken.name,
        changes=settings[taken.name],
        lead=round(ahead.mean, 6),
        error=round(ahead.error, 6),
        leads_again=[round(one.mean, 6) for one in found.again],
    )
    choice.said(note, weights, params.MODEL_TYPE)
    chosen = changed(params, settings[taken.name])
    chosen = chosen.model_copy(update={"hybrid": weights})
    return Found(chosen, note, judged[taken.name].rows)


def _settings(fits: Fits) -> dict[str, Changes]:
    """What is tried to the end, the section first."""
    every: dict[str, Changes] = {PRIOR: {}}
    if fits.params.search == WEIGHTS:
        return every
    presets = fits.engine.presets(fits.inputs)
    if fits.params.search == "presets" or not fits.engine.draws:
        return every | presets
    others = presets | drawn(fits.params)
    few = some_users(fits.fold.held_out, BEGUN_USERS)
    early = replace(fits, fold=replace(fits.fold, held_out=few))
    begun = choice.candidates(
        values_of(early.judged(others, BEGUN)), fits.params.hybrid
    )
    best = [one.name for one in begun[:FINISHED]]
    return every | {name: others[name] for name in best}


class _Decision:
    """Which setting is taken, and what fits with another seed have said of it."""

    def __init__(
        self,
        fits: Fits,
        settings: Mapping[str, Changes],
        judged: Mapping[str, np.ndarray],
    ) -> None:
        self.fits, self.settings, self.judged = fits, settings, judged
        self.tried = choice.candidates(judged, fits.params.hybrid)
        self.again: list[Lead] = []
        self.second: dict[str, Trained | None] = {}

    def taken(self) -> Candidate:
        """The best setting whose lead is sure twice, or beyond doubt at once; else the section as
        it is.
        """
        for one in self.tried:
            ahead = self.ahead(one)
            if ahead.is_beyond_doubt or (ahead.is_sure and self._stands_again(one)):
                return one
        return Candidate(PRIOR, 0, self.judged[PRIOR][0])

    def ahead(self, one: Candidate) -> Lead:
        """Its lead over the section as it is."""
        return lead(one.values, self.judged[PRIOR][0])

    def _stands_again(self, one: Candidate) -> bool:
        prior = self.fits.params.hybrid
        ours = self._again(one.name, weights_at(one.at, prior))
        theirs = self._again(PRIOR, prior)
        if ours is None or theirs is None:
            return False
        self.again.append(lead(ours, theirs))
        return self.again[-1].is_sure

    def _again(self, name: str, weights: Weights) -> np.ndarray | None:
        """The gains of each user with another seed of the fit, (users,) float64."""
        if name not in self.second:
            self.second[name] = self.fits.fitted(self.settings[name], SECOND_SEED)
        trained = self.second[name]
        if trained is None:
            return None
        gained: np.ndarray = self.fits.fold.judged(trained.score, [weights])[0]
        return gained
