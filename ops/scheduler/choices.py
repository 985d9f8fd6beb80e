"""What `runner.py run JOB` may be told: options of refresh and train, as options of a repro.

A forced refresh does all of merge and process anew, and a forced training all of training and
evaluation; the results are the same, byte for byte. What is skipped stays as it is.
"""

from dataclasses import dataclass, fields
from typing import Literal

from recsys.program.errors import ConfigError

Model = Literal["als", "bpr", "both"]
OPTIONS = {  # of which job each is
    "skip_merge": "refresh",
    "force_full": "refresh",
    "model": "train",
    "force": "train",
}


@dataclass(frozen=True)
class Choices:
    """What was chosen; nothing if all are as here."""

    skip_merge: bool = False
    force_full: bool = False
    model: Model | None = None
    force: bool = False


def repro_options(job: str, chosen: Choices) -> list[str] | None:
    """Stages and options of `ops.pipeline.repro`; None if the job runs as it does by plan.

    ConfigError for an option that is another job's, and for two that exclude each other.
    """
    given = [
        each.name
        for each in fields(chosen)
        if getattr(chosen, each.name) != each.default
    ]
    for name in given:
        if OPTIONS[name] != job:
            option = f"--{name.replace('_', '-')}"
            raise ConfigError(f"{option} is an option of {OPTIONS[name]}, not of {job}")
    if not given:
        return None
    return _refresh(chosen) if job == "refresh" else _train(chosen)


def _refresh(chosen: Choices) -> list[str]:
    if chosen.skip_merge and chosen.force_full:
        raise ConfigError("--skip-merge and --force-full exclude each other; give one")
    stages = ["process"] if chosen.skip_merge else ["merge", "process"]
    return ["--single", *(["--force"] if chosen.force_full else []), *stages]


def _train(chosen: Choices) -> list[str]:
    models = ["als", "bpr"] if chosen.model in (None, "both") else [chosen.model]
    if chosen.model in (None, "both") and not chosen.force:
        return ["evaluate"]  # with all that it needs
    stages = [f"train_{model}" for model in models]
    after = ["blend", "evaluate"]
    return ["--single", *(["--force"] if chosen.force else []), *stages, *after]
