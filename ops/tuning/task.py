"""What a study searches, and the name that holds all that its trials are a function of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ops.tuning import space as tuning
from ops.tuning import trials
from ops.tuning.params import Params
from ops.tuning.space import ModelParams, ModelType
from recsys.als.params import Params as AlsParams
from recsys.als.presets import changed, presets_for
from recsys.files.atomic import sha256_of_json
from recsys.models.params import OFF, WEIGHTS

VERSION = 4  # raise it when the same inputs and params would give other trials, or notes of them
UNTRIED = {
    *(
        "search",
        "spark",
        "hybrid",
        "cold_start",
        "cold_threshold",
        "new_item_places",
        "warm_start",
        "warm_iterations",
        "warm_epochs",
    ),
    *("checkpoint_every", "checkpoint_seconds"),
}


@dataclass(frozen=True)
class Task:
    """What a study searches: better params of one model, judged by one fold."""

    model: ModelType
    tune: Params
    present: ModelParams  # what params.yaml says now
    on: trials.Fold

    @property
    def space(self) -> tuning.Space:
        return tuning.space(self.tune, self.present)

    @cached_property
    def own(self) -> list[ModelParams]:
        """What training would fit of the present params by itself, they themselves first."""
        made, present = [self.present], self.present
        if isinstance(present, AlsParams) and present.search not in (OFF, WEIGHTS):
            presets = presets_for(self.on.inputs).values()
            made += [changed(present, one) for one in presets]
        return made

    def is_own(self, settings: Mapping[str, Any]) -> bool:
        """Whether a trial's settings are one of these, by any hybrid weights."""
        fit = fit_of(type(self.present).model_validate(settings))
        return any(fit == fit_of(one) for one in self.own)

    @property
    def name(self) -> str:
        """The model and a hash of all that the trials are a function of.

        The present values of what is tried are not part of it.
        """
        tried = written(self.space)
        fixed = {
            key: value
            for key, value in fit_of(self.present).items()
            if key not in tried
        }
        space = {
            key: [type(range_).__name__, *vars(range_).values()]
            for key, range_ in self.space.items()
        }
        rules = self.tune.model_dump(include={"objective", "users", "seed", "hybrid"})
        determining = [VERSION, self.on.inputs.hashes, fixed, space, rules]
        return f"{self.model}-{sha256_of_json(determining)[:12]}"


def fit_of(params: ModelParams) -> dict[str, Any]:
    """What a trial of these params is a function of, save the hybrid weights: flat."""
    return tuning.flattened(params.model_dump(exclude=UNTRIED))


def written(space: tuning.Space) -> list[str]:
    """Keys of the section that the space decides, in its order."""
    return ["regularization" if key == "penalty" else key for key in space]
