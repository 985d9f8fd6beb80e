"""The checks of the models: one is in production, the same by registry, deployment log and
releases/current; not too old; its files load, and it is good.

reads   state/runner.db, releases/, models/, mlruns/, metrics/evaluate.json, params.yaml (court);
        the registry with MLflow (takes seconds) only if the deployment log is empty
writes  nothing
"""

from collections.abc import Sequence
from datetime import datetime

from ops.deploy import deployment_log, production, registered
from ops.deploy.agreement import Split
from ops.deploy.deployment_log import Row
from ops.deploy.production import Deployment
from ops.health import checks, data
from ops.health.checks import DAY, Check, Params, Subject
from recsys.program import params as parameters
from recsys.program import place
from recsys.program.command_line import PARAMS_FILE
from recsys.program.errors import DataError, GateError, StoreError
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.model_names import BASELINE
from recsys.registry import store, versions
from recsys.registry.versions import Version

EVALUATION = "metrics/evaluate.json"
METRIC = "recall_at_10"
NONE = "no model is in Production; run `dvc repro`, then `python runner.py promote`"
POINT = (
    "a service that reads releases/ serves another one; run `python runner.py promote`"
)
RELEASE = "a service that starts has no model; run `python runner.py promote`"
RETRAIN = "run `python runner.py run train`, then `python runner.py promote`"
TUNE = f"look at {EVALUATION}; search better params with `python runner.py tune`"
AFTER_DEPLOYMENT = {  # the next step, by the status that is not a good end
    "started": "it was interrupted: run `python runner.py promote` to finish it",
    "pending": "the service has not confirmed it: run `python runner.py promote` when it is up",
    "failed": "the service did not take it: read its log, then run `python runner.py promote`",
}


def look(subject: Subject) -> list[Check]:
    """The champion and its files, what it is worth, and how it got there."""
    rows = deployment_log.rows

    def evaluation() -> Evaluation:
        return evaluation_file.read(subject.root / EVALUATION)

    return checks.of(
        "models",
        [
            ("champion", lambda: _agreement(subject)),
            ("model_age", lambda: _age(subject)),
            ("model_files", lambda: _files(subject)),
            (METRIC, lambda: check_recall(evaluation(), subject.params)),
            ("over_popularity", lambda: check_over_popularity(evaluation())),
            ("deployment", lambda: check_deployment(rows(subject.db))),
            ("court", lambda: _court(subject)),
        ],
    )


# ---- the champion ----
def _agreement(subject: Subject) -> Check:
    """Whether registry, deployment log and releases/current name the same model."""
    top = production.in_production(deployment_log.rows(subject.db))
    try:
        split = registered.split(subject.mlruns, top)
    except StoreError:
        value = "the registry cannot be read: the checks of the store say why"
        return Check("models", "champion", "ok", value)
    return check_champion(split, top, registered.pointed_at(subject.root / "releases"))


def check_champion(
    split: Split | None, top: Deployment | None, current: str | None
) -> Check:
    """Critical if the registry has lost the live model; else a warning if names differ. On a shared
    registry another machine may have promoted what releases/current names here.
    """
    limit = "the same by registry, log and releases/current"
    champion = split.version.model_id if split and split.version else None
    if split and not (split.is_elsewhere and champion == current):
        level: checks.Level = "critical" if split.kind == "gone" else "warning"
        return Check("models", "champion", level, split.seen, limit, split.step)
    wanted = champion or (top.model_id if top else None)
    if wanted and current not in (None, wanted):
        value = f"releases/current names {current}, the deployment log {wanted}"
        return Check("models", "champion", "warning", value, limit, POINT)
    return Check("models", "champion", "ok", wanted or "nothing is in production yet")


def _age(subject: Subject) -> Check:
    model_id, created_at = _champion(subject)
    try:
        newest = data.newest_event(subject.root)
    except DataError:  # a check of the data says so
        newest = subject.now
    return check_age(model_id, created_at, newest, subject.params, subject.now)


def _champion(subject: Subject) -> tuple[str, datetime]:
    """What is in production, and when it was registered. GateError if nothing is."""
    if there := _elsewhere(subject):
        return there.model_id, there.created_at
    top = production.in_production(deployment_log.rows(subject.db))
    if top is not None and top.model_created_at is not None:
        return top.model_id, top.model_created_at
    if store.exists(subject.mlruns):
        champion = versions.champion(store.reader(subject.mlruns))
        if champion is not None:
            return champion.model_id, champion.created_at
    raise GateError(NONE)


def _elsewhere(subject: Subject) -> Version | None:
    """What another machine of a shared registry has put into production, and releases/current
    names here; None if this machine's log has it.
    """
    top = production.in_production(deployment_log.rows(subject.db))
    try:
        found = registered.split(subject.mlruns, top)
    except StoreError:  # the checks of the store say why
        return None
    current = registered.pointed_at(subject.root / "releases")
    version = found.version if found and found.is_elsewhere else None
    return version if version and version.model_id == current else None


def check_age(
    model_id: str,
    created_at: datetime,
    newest_event: datetime,
    params: Params,
    now: datetime,
) -> Check:
    """Age of the model in production. Only a warning: an old model may still be the best.

    No age is too old if no event is newer than the model: to train again gives the same.
    """
    age = (now - created_at) / DAY
    level, step = checks.of_age(age, params.max_model_age_days, "warning", RETRAIN)
    limit = f"at most {params.max_model_age_days:g} days"
    value = f"{age:.1f} days ({model_id})"
    if step == RETRAIN and newest_event <= created_at:
        level, step, value = "ok", "", f"{value}, and no event is newer"
    return Check("models", "model_age", level, value, limit, step)


def _files(subject: Subject) -> Check:
    """Whether the files of what is in production are whole, and where a service reads them."""
    there = _elsewhere(subject)
    live = there or production.in_production(deployment_log.rows(subject.db))
    if live is None:
        return Check("models", "model_files", "ok", "nothing was deployed yet")
    try:
        where = _loaded(subject, live.model_id)
    except DataError as error:
        step = f"{error}; or go back with `python runner.py rollback`"
        return Check("models", "model_files", "critical", "do not load", "", step)
    if lacks := registered.unreleased(subject.root / "releases", live.model_id):
        step = place.BACK if place.away(subject.root / "releases") else RELEASE
        return Check("models", "model_files", "critical", lacks, "", step)
    return Check("models", "model_files", "ok", f"{where} is whole")


def _loaded(subject: Subject, model_id: str) -> str:
    # here: they load numpy
    from recsys.serving import release, trained

    releases = subject.root / "releases"
    if (releases / model_id).exists():
        release.load(releases, model_id)
        return f"releases/{model_id}"
    if kept := trained.release_of(model_id, subject.mlruns):
        release.load(kept.parent, model_id)
    else:
        trained.find(model_id, subject.root / "models", subject.mlruns)
    return model_id


# ---- what it is worth ----
def check_recall(evaluation: Evaluation, params: Params) -> Check:
    """recall_at_10 of the best model. Critical below the minimum.

    DataError if it was not measured.
    """
    recall = _recall(evaluation, evaluation.best)
    is_low = recall < params.min_recall_at_10
    return Check(
        "models",
        METRIC,
        "critical" if is_low else "ok",
        f"{recall:.4f} ({evaluation.best})",
        f"at least {params.min_recall_at_10:g}",
        TUNE if is_low else "",
    )


def check_over_popularity(evaluation: Evaluation) -> Check:
    """Whether the best model finds more than the most popular products would.

    Only a warning: it is one figure on one test, and the gate tests it before a promotion.
    """
    model, baseline = (
        _recall(evaluation, name) for name in (evaluation.best, BASELINE)
    )
    is_below = model <= baseline
    return Check(
        "models",
        "over_popularity",
        "warning" if is_below else "ok",
        f"{METRIC} {model:.4f} ({evaluation.best}), {baseline:.4f} ({BASELINE})",
        f"more than {BASELINE}",
        TUNE if is_below else "",
    )


def _recall(evaluation: Evaluation, model: str) -> float:
    recall = evaluation.models[model].get(METRIC)
    if recall is None:
        raise DataError(
            f"{EVALUATION}: no {METRIC} of {model}; "
            "put 10 into evaluate.cutoffs of params.yaml, then run `dvc repro`"
        )
    return recall


# ---- how it got there ----
def check_deployment(rows: Sequence[Row]) -> Check:
    """Whether the newest deployment came to a good end; only a warning if not."""
    deployments = production.deployments(rows)
    status = deployments[-1].status if deployments else "none"
    step = AFTER_DEPLOYMENT.get(status, "")
    level: checks.Level = "warning" if step else "ok"
    return Check("models", "deployment", level, status, "promoted or verified", step)


def _court(subject: Subject) -> Check:
    top = production.in_production(deployment_log.rows(subject.db))
    # here: they load numpy
    from ops.deploy import hearings
    from recsys.statistics import court

    heard = hearings.last(subject.db)
    if heard is None:
        return check_court([], False)
    rules = parameters.load(court.Params, "court", subject.root / PARAMS_FILE)
    against = {
        name: court.in_words(case, rules)
        for name, case in heard.cases.items()
        if top is not None
        and case.champion_id == top.model_id
        and court.ruling(case, rules) == "worse"
    }
    return check_court(list(against.values()), "popularity" in against)


def check_court(said: Sequence[str], popularity_is_better: bool) -> Check:
    """What the court has ruled against the champion: that popularity is better is critical, that
    the former champion is, a warning. `said` are the rulings in words, none if nothing is wrong.
    """
    level: checks.Level = "ok"
    if said:
        level = "critical" if popularity_is_better else "warning"
    step = (
        "look at the data and the last promotion; `python runner.py rollback` goes back"
    )
    value = " / ".join(said) or "nothing against the champion"
    return Check("models", "court", level, value, "", step if said else "")
