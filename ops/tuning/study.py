"""An Optuna study of one model: which trials there are, which come next, which is the best.

reads, writes  state/tune.db     SQLite; a study for each model and all that decides its trials

A study that was killed goes on with the trials that are left: the sampler's seed is derived from
the number of trials that have ended, so what comes next does not depend on how often it was begun.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ops.tuning import space as tuning
from ops.tuning import trials
from ops.tuning.space import ModelParams
from ops.tuning.task import Task, fit_of, written
from recsys.files import sqlite
from recsys.program.errors import ConfigError, StoreError, in_one_line
from recsys.program.progress import bar
from recsys.ranking import places

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

Clock = Callable[[], float]  # seconds that only grow
Note = Callable[["Done"], None]


@dataclass(frozen=True)
class Done:
    """A trial that was measured."""

    number: int
    settings: dict[str, Any]  # of the section, `hybrid` as it was chosen
    value: float
    places: np.ndarray  # of the judging users, uint8
    metrics: dict[str, float]  # with the chosen weights, and `factors_...` without
    epochs: int | None
    seconds: float
    # weights of params.yaml, and their places
    given: tuple[dict[str, float], np.ndarray] | None


@dataclass(frozen=True)
class Result:
    """A study as it stands: trials by their numbers, and the present params on the same fold."""

    done: list[Done]
    dropped: int  # trials whose factors grew beyond bounds
    present: np.ndarray  # places
    interrupted: bool


def search(
    task: Task, database: Path, total: int, timeout_s: float, clock: Clock, note: Note
) -> Result:
    """Measure the present params and what else training tries by itself, then trials until there
    are `total` or the time is over.

    `note` sees each at once. Ctrl-C ends it with what there is. StoreError if the database cannot
    be used.
    """
    end = clock() + timeout_s
    study = _opened(task, database)
    interrupted = False
    try:
        if _present(task, _done(study)) is None:
            note(_measure_present(task, study))
        for params in task.own[1:]:
            if own := _measure_own(task, study, params):
                note(own)
        with bar(f"tune {task.model}", total, min(total, _ended(study))) as progress:
            while _ended(study) < total and clock() < end:
                if measured := _next(task, study):
                    note(measured)
                progress.update()
    except KeyboardInterrupt:
        interrupted = True
        _give_up(study)
    done = _done(study)
    present = _present(task, done)
    if present is None:
        raise KeyboardInterrupt  # nothing was measured: there is nothing to say
    return Result(done, _ended(study) - len(done), present, interrupted)


def _opened(task: Task, database: Path) -> "optuna.Study":
    """The study, made if it is new; what a killed process left open is given up."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    database.parent.mkdir(parents=True, exist_ok=True)
    url = sqlite.address_of(database, Path.cwd())
    waiting = {"connect_args": {"timeout": sqlite.BUSY_S}}
    try:
        storage = optuna.storages.RDBStorage(url, engine_kwargs=waiting)
        study = optuna.create_study(
            storage=storage,
            study_name=task.name,
            direction="maximize",
            load_if_exists=True,
        )
    except (SQLAlchemyError, optuna.exceptions.OptunaError) as error:
        reason = in_one_line(error)
        raise StoreError(
            f"{database}: not usable ({reason}); move it away, and tuning begins anew"
        ) from None
    _give_up(study)
    return study


def _give_up(study: "optuna.Study") -> None:
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)


def _ended(study: "optuna.Study") -> int:
    from optuna.trial import TrialState

    return len(
        study.get_trials(
            deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)
        )
    )


def _done(study: "optuna.Study") -> list[Done]:
    from optuna.trial import TrialState

    return [
        _read(trial)
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    ]


# ---- one trial ----
def _measure_present(task: Task, study: "optuna.Study") -> Done:
    """Measure the present params."""
    return _add(task, study, task.present, {"present": True})


def _measure_own(task: Task, study: "optuna.Study", params: ModelParams) -> Done | None:
    """Measure what training tries by itself; None if it was measured before, or its factors grew
    beyond bounds.
    """
    import optuna

    made = [trial.user_attrs.get("settings") for trial in study.get_trials(False)]
    if any(fit_of(type(params)(**one)) == fit_of(params) for one in made if one):
        return None
    try:
        return _add(task, study, params, {})
    except ConfigError as error:
        notes = {"dropped": str(error), "settings": params.model_dump()}
        state = optuna.trial.TrialState.PRUNED
        study.add_trial(optuna.trial.create_trial(state=state, user_attrs=notes))
        return None


def _add(
    task: Task, study: "optuna.Study", params: ModelParams, more: dict[str, Any]
) -> Done:
    """Measure params; the sampler learns from them if the space holds them."""
    import optuna

    point = tuning.point_of(params, task.space, task.on.known.confidence)
    ways = distributions(task.space) if point is not None else {}
    notes = _measured(task, params) | more
    study.add_trial(
        optuna.trial.create_trial(
            value=notes["metrics"][task.tune.objective],
            params=point or {},
            distributions=ways,
            user_attrs=notes,
        )
    )
    return _done(study)[-1]


def _next(task: Task, study: "optuna.Study") -> Done | None:
    """Ask for a point and measure it.

    None if its factors grew beyond bounds: then it counts as the worst.
    """
    import optuna

    seed = np.random.SeedSequence([task.tune.seed, _ended(study)]).generate_state(1)[0]
    study.sampler = optuna.samplers.TPESampler(seed=int(seed))
    trial = study.ask(distributions(task.space))
    try:
        notes = _measured(
            task, tuning.settings(trial.params, task.present, task.on.known.confidence)
        )
    except ConfigError as error:
        trial.set_user_attr("dropped", str(error))
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        return None
    for key, value in notes.items():
        trial.set_user_attr(key, value)
    study.tell(trial, notes["metrics"][task.tune.objective])
    return _done(study)[-1]


def distributions(space: tuning.Space) -> dict[str, "BaseDistribution"]:
    """The space as Optuna has it."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    def of(range_: tuning.Choice | tuning.LogRange) -> "BaseDistribution":
        if isinstance(range_, tuning.LogRange):
            return FloatDistribution(range_.low, range_.high, log=True)
        return CategoricalDistribution(range_.values)

    return {key: of(range_) for key, range_ in space.items()}


def _measured(task: Task, params: ModelParams) -> dict[str, Any]:
    """What is kept of a trial, as JSON: enough to compare it with any other, user by user.

    `places` and `given` are lists of each judging user's place, 0 the first.
    """
    begin = time.perf_counter()
    triples = tuning.triples(task.tune.hybrid)
    judged = trials.judged(params, task.on, triples, task.tune.objective)
    metrics = {
        f"{kind}{metric}": float(places.gains(found, metric).mean())
        for kind, found in (("", judged.places), ("factors_", judged.plain))
        for metric in places.GAINS
    }
    return {
        "settings": params.model_dump() | {"hybrid": judged.weights.model_dump()},
        "places": judged.places.tolist(),
        "given_weights": params.hybrid.model_dump(),
        "given": judged.given.tolist(),
        "metrics": metrics,
        "epochs": judged.epochs,
        "seconds": round(time.perf_counter() - begin, 3),
    }


def _places(notes: Sequence[int]) -> np.ndarray:
    return np.array(notes, dtype=np.uint8)


def _read(trial: "FrozenTrial") -> Done:
    notes = trial.user_attrs
    given = None
    if notes.get("present"):
        given = (notes["given_weights"], _places(notes["given"]))
    return Done(
        number=trial.number,
        settings=notes["settings"],
        value=float(trial.value or 0),
        places=_places(notes["places"]),
        metrics=notes["metrics"],
        epochs=notes["epochs"],
        seconds=notes["seconds"],
        given=given,
    )


# ---- results ----
def _present(task: Task, done: Sequence[Done]) -> np.ndarray | None:
    """Places with the present params, hybrid weights and all; None if they were not measured."""
    weights = task.present.hybrid.model_dump()
    for trial in done:
        if fit_of(params_of(task, trial)) != fit_of(task.present):
            continue
        if trial.settings["hybrid"] == weights:
            return trial.places
        if trial.given and trial.given[0] == weights:
            return trial.given[1]
    return None


def params_of(task: Task, trial: Done) -> ModelParams:
    """The present params with what this trial tried."""
    keys = written(task.space)
    settings = tuning.flattened(trial.settings)
    tried = {key: value for key, value in settings.items() if key in keys}
    tree = tuning.merged(task.present.model_dump(), tried)
    return type(task.present).model_validate(
        tree | {"hybrid": trial.settings["hybrid"]}
    )


def best(result: Result, count: int) -> list[Done]:
    """The best trials, of equal ones the earliest first."""
    return sorted(result.done, key=lambda trial: (-trial.value, trial.number))[:count]
