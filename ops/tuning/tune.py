"""Search better params for als and bpr on the validation fold.

reads   params.yaml (tune, train_als, train_bpr), data/processed (never test.parquet),
        data/embeddings/items.npz
writes  state/tune.db (the studies), mlruns/ (a run for each study and each trial);
        params.yaml only with --apply

The fold is the same for every trial, and the best of many is flattered by that: the interval beside
a trial says how sure its lead over what training makes of the present params would be if it had
been the only one. What is written must be ahead by more (ops/tuning/winner.py).
"""

import logging
import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from ops import lock
from ops.terminal import aligned
from ops.tuning import mlflow_runs, params_file, space, study, trials
from ops.tuning import params as tune_params
from ops.tuning import winner as winners
from ops.tuning.study import Done, Result
from ops.tuning.task import Task, written
from ops.tuning.winner import Winner
from recsys.dataset import training_inputs
from recsys.files.atomic import atomic
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, DataError
from recsys.program.params import load, read
from recsys.ranking import places
from recsys.registry import store
from recsys.spark.params import refuse_spark
from recsys.statistics import bootstrap

HYBRID = ("hybrid.content", "hybrid.popularity", "hybrid.neighbours")
SHOWN = 5  # trials in the table
SAMPLES = 1000  # resamples of the users for the intervals
LOCK = "tune.lock"

Trials = Annotated[
    int | None,
    typer.Option(metavar="N", help="In all, of each model; else as params.yaml says."),
]
Timeout = Annotated[
    float | None,
    typer.Option(metavar="S", help="Seconds for each model; else as params.yaml says."),
]
Apply = Annotated[
    bool,
    typer.Option(
        "--apply", help="Write the best trial into params.yaml if it is surely ahead."
    ),
]


def run(task: Task, trials: int, timeout_s: float, state: Path, mlruns: Path) -> Result:
    """Bring the study to so many trials and MLflow up to it."""
    with store.reachable(mlruns):
        runs = mlflow_runs.opened(store.client(mlruns), task)
        result = study.search(
            task, state / "tune.db", trials, timeout_s, time.monotonic, runs.log
        )
        for one in result.done:  # those that a kill kept from it
            runs.log(one)
        runs.close(study.best(result, 1)[0].value, value_of(task, result.present))
    return result


def value_of(task: Task, found: np.ndarray) -> float:
    """The objective, from the places of the held-out positives."""
    return float(places.gains(found, task.tune.objective).mean())


# ---- for people ----
def report(task: Task, result: Result) -> str:
    """The best trials with their lead over what training makes of the present params, paired user
    by user.
    """
    shown = study.best(result, SHOWN)
    keys = [*written(task.space), *HYBRID]
    leads = _leads(task, result, shown)
    rows = [_row(trial, lead, keys) for trial, lead in zip(shown, leads, strict=True)]
    names = [key.rpartition(".")[2].upper() for key in keys]
    epochs = [] if shown[0].epochs is None else ["EPOCHS"]
    head = [
        "TRIAL",
        task.tune.objective.upper(),
        "LEAD",
        "95 % INTERVAL",
        *names,
        *epochs,
    ]
    return "\n".join([_summary(task, result), *aligned([head, *rows])])


def _row(trial: Done, lead: tuple[str, str], keys: list[str]) -> list[str]:
    settings = space.flattened(trial.settings)
    values = [f"{settings[key]:g}" for key in keys]
    epochs = [] if trial.epochs is None else [str(trial.epochs)]
    return [str(trial.number), f"{trial.value:.4f}", *lead, *values, *epochs]


def _summary(task: Task, result: Result) -> str:
    dropped = (
        f", {result.dropped} more whose factors grew beyond bounds"
        if result.dropped
        else ""
    )
    return (
        f"{task.name}: {len(result.done)} trials{dropped}; "
        f"by {len(result.present)} held-out positives; "
        f"the present params: {value_of(task, result.present):.4f}, as training takes them "
        f"(train_{task.model}.search: {task.present.search}): "
        f"{value_of(task, winners.as_trained(task, result)):.4f}"
    )


def _leads(task: Task, result: Result, shown: list[Done]) -> list[tuple[str, str]]:
    """Mean difference from what training makes of the present params, and its 95 % interval, for
    each trial.
    """
    metric = task.tune.objective
    before = places.gains(winners.as_trained(task, result), metric)
    differences = np.stack(
        [places.gains(one.places, metric) - before for one in shown], axis=1
    )
    ends = bootstrap.interval(
        bootstrap.resampled_means(differences, SAMPLES, task.tune.seed)
    )
    return [
        (f"{mean:+.4f}", f"{low:+.4f} to {high:+.4f}")
        for mean, low, high in zip(differences.mean(axis=0), *ends, strict=True)
    ]


def yaml_lines(task: Task, changes: dict[str, Any]) -> str:
    """The lines of params.yaml that the changes are in, as they will be."""
    tree = space.merged(task.present.model_dump(), changes)
    lines = [f"train_{task.model}:"]
    for key in sorted({key.split(".")[0] for key in changes}, key=list(tree).index):
        value = tree[key]
        inner = isinstance(value, dict) and ", ".join(
            f"{name}: {params_file.shown(one)}" for name, one in value.items()
        )
        lines.append(
            f"  {key}: {{{inner}}}" if inner else f"  {key}: {params_file.shown(value)}"
        )
    return "\n".join(lines)


# ---- params.yaml ----
def write(path: Path, task: Task, changes: dict[str, Any]) -> None:
    """Put the changed values into params.yaml, whole or not at all; nothing else in it changes.

    ConfigError if the section is not the one that was tuned any more, or if a value cannot be put
    in its place.
    """
    section = f"train_{task.model}"
    if load(space.SECTIONS[task.model], section, path) != task.present:
        raise ConfigError(
            f"{path}: {section} was changed while it was tuned; run this again"
        )
    before = read(path)
    keyed = {f"{section}.{key}": value for key, value in changes.items()}
    text = params_file.rewritten(path.read_bytes().decode(), keyed)
    with atomic(path) as temp:
        temp.write_bytes(text.encode())
        load(space.SECTIONS[task.model], section, temp)
        if read(temp) != space.merged(before, keyed):
            raise ConfigError(
                f"{path}: the values of {section} cannot be changed in place; write them by hand"
            )


# ---- the program ----
def conclude(task: Task, result: Result, params: Path, apply: bool) -> None:
    """Say what came out; write it if it is better and that was asked for."""
    print(report(task, result))
    found = winners.winner(task, result)
    changes = winners.changes(task, found)
    if not changes:
        print(f"\n{_nothing(found)}: nothing to change\n")
        return
    print(f"\nthe best trial changes\n\n{yaml_lines(task, changes)}\n")
    if not apply or result.interrupted:
        print(
            f"python runner.py tune --model {task.model} --apply writes this into {params}\n"
        )
        return
    write(params, task, changes)
    print(f"written into {params}; `make repro` trains with it\n")


def _nothing(found: Winner) -> str:
    """Why the best trial is not worth writing."""
    if found.lead.mean <= 0:
        return "no trial is ahead of what training makes of the present params"
    return (
        f"the lead of the best trial may be luck: {found.lead.mean:+.4f} with a standard error of "
        f"{found.lead.error:.4f}, where more than {found.needed:.1f} errors are needed"
    )


def tasks(model: str, data: Path, embeddings: Path, params: Path) -> list[Task]:
    """What is to be tuned, read and checked before anything runs. ConfigError or DataError if it is
    wrong.
    """
    tune = load(tune_params.Params, "tune", params)
    if model != "bpr":
        refuse_spark(params, "tune")
    chosen = [
        (name, load(one, f"train_{name}", params))
        for name, one in space.SECTIONS.items()
    ]
    _refuse_softmax(model, dict(chosen)["bpr"])
    for needed in (data / "validation.parquet", embeddings):
        if not needed.exists():
            raise DataError(f"{needed}: no such file; run `make repro` first")
    on = trials.fold(training_inputs.read_inputs(data, embeddings), tune.users)
    return [
        Task(name, tune, present, on)
        for name, present in chosen
        if model in (name, "both")
    ]


def _refuse_softmax(model: str, bpr: space.ModelParams) -> None:
    """ConfigError where what is tried would be used by no training."""
    if model != "als" and bpr.model_dump()["loss"] == "softmax":
        raise ConfigError(
            "params.yaml: train_bpr.loss: softmax: tune tries settings of pairs, which it does not "
            "use; set it to bpr or auto, or tune als alone: `python runner.py tune --model als`"
        )


def main(
    model: Annotated[
        Literal["als", "bpr", "both"], typer.Option(help="What to tune.")
    ] = "both",
    trials: Trials = None,
    timeout: Timeout = None,
    apply: Apply = False,
    data: Path = Path("data/processed"),
    embeddings: Path = Path("data/embeddings/items.npz"),
    params: Path = Path(PARAMS_FILE),
    state: Path = Path("state"),
    mlruns: Path = Path("mlruns"),
) -> None:
    """Search better params on the validation fold."""
    for option, value in (("--trials", trials), ("--timeout", timeout)):
        if value is not None and not value > 0:
            raise ConfigError(f"{option} {value}: must be above 0")
    logging.getLogger("recsys").setLevel(logging.WARNING)  # what every fit has to say
    # the runner's way to say Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with lock.hold(state / LOCK, "tuning", {"pid": os.getpid()}):
        for task in tasks(model, data, embeddings, params):
            count, limit_s = trials or task.tune.trials, timeout or task.tune.timeout_s
            result = run(task, count, limit_s, state, mlruns)
            conclude(task, result, params, apply)
            if result.interrupted:
                print("stopped; the same command goes on from here")
                return


if __name__ == "__main__":
    enter(main, "runner.py tune")
