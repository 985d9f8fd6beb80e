"""metrics/evaluate.json, typed: the best model, and the metrics of every model and baseline."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from recsys.files.atomic import read_json, write_json
from recsys.program.errors import DataError
from recsys.ranking.model_names import BASELINE


class Evaluation(BaseModel):
    """What `evaluate` found out; the fields are the keys of the file, in their order."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    best: str  # the model that is registered
    primary: str  # e.g. recall_at_10
    test_users: int  # that were measured
    test_users_in_all: int  # that have a test item
    # metrics by name, of each model and baseline by name
    models: dict[str, dict[str, float]]
    # what a blend of the models would give on the validation fold (metrics/blend.json)
    blend: dict[str, float] = {}

    @model_validator(mode="after")
    def _check_that_the_primary_metric_is_there(self) -> "Evaluation":
        for name in (self.best, BASELINE):
            if self.primary not in self.models.get(name, {}):
                raise ValueError(f"no {self.primary} of {name}")
        return self

    def primary_of(self, name: str) -> float:
        """The primary metric of a model or baseline."""
        return self.models[name][self.primary]

    def best_first(self) -> list[str]:
        """The models and baselines by their primary metric."""
        return sorted(self.models, key=self.primary_of, reverse=True)

    def lines(self) -> list[str]:
        """A line for people of each model and baseline, the best first."""
        primary, lines = self.primary, []
        for name in self.best_first():
            row = self.models[name]
            interval = f"[{row[f'{primary}_low']:.4f}, {row[f'{primary}_high']:.4f}]"
            lines.append(f"{name:11} {primary} {row[primary]:.4f}  {interval}")
        return lines


def write(path: Path, evaluation: Evaluation) -> None:
    """Write the file, whole or not at all."""
    write_json(path, evaluation.model_dump())


def read(path: Path) -> Evaluation:
    """The evaluation in the file. DataError if it is missing, or not what `write` writes."""
    content = read_json(path)
    try:
        return Evaluation.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"])) or "models"
        raise DataError(
            f"{path}: not an evaluation ({key}: {problem['msg']}); delete it and run `dvc repro`"
        ) from None
