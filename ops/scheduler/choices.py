"""What `runner.py run JOB` may be told: options of refresh and train, as options of a repro.

A forced refresh does all of merge and process anew, and a forced training all of training and
evaluation; the results are the same, byte for byte. What is skipped stays as it is.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Literal

import typer

from recsys.program.errors import ConfigError

Model = Literal["als", "bpr", "both"]
SkipMerge = Annotated[
    bool, typer.Option("--skip-merge", help="refresh: take nothing in.")
]
ForceFull = Annotated[
    bool, typer.Option("--force-full", help="refresh: all of it anew.")
]
OneModel = Annotated[
    Model | None, typer.Option("--model", help="train: this one; the other stays.")
]
Forced = Annotated[
    bool, typer.Option("--force", help="train: even if nothing has changed.")
]
WarmStart = Annotated[
    bool, typer.Option("--warm-start", help="train: begin at the models made last.")
]
OPTIONS = {  # of which job each is
    "skip_merge": "refresh",
    "force_full": "refresh",
    "model": "train",
    "force": "train",
    "warm_start": "train",
}


@dataclass(frozen=True)
class Choices:
    """What was chosen; nothing if all are as here."""

    skip_merge: bool = False
    force_full: bool = False
    model: Model | None = None
    force: bool = False
    warm_start: bool = False


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
    warm = ["--warm-start"] * chosen.warm_start
    models = ["als", "bpr"] if chosen.model in (None, "both") else [chosen.model]
    if chosen.model in (None, "both") and not chosen.force:
        return [*warm, "evaluate"]  # with all that it needs
    stages = [f"train_{model}" for model in models]
    force = ["--force"] * chosen.force
    return [*warm, "--single", *force, *stages, "blend", "evaluate"]
