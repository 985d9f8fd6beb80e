"""Log an evaluation in MLflow and register its best model, once, however often it is called.

A model is one run and at most one version, found by the tag `model_id` (its content's hash). A
baseline is one run a state of the data. The best model becomes a version of `recommender` that
MLflow can load; if it beats popularity, it goes to Staging. A call that was cut short is completed
by the next one.

reads   metrics/evaluate.json, models/<type>/, data/processed (what it is, by data_state),
        dvc.lock (for lineage, if it is there)
writes  mlruns/
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from recsys.files.atomic import sha256_of_json, write_text
from recsys.models import manifest
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import Evaluation
from recsys.registry import copies, evaluations, logged_models, store, view, words
from recsys.registry.card import Facts
from recsys.registry.data_state import DataState
from recsys.registry.lineage import LOCK_FILE, read_lineage
from recsys.registry.published import evaluation_id, marker, markers
from recsys.registry.registration import Package, Published, Registration
from recsys.registry.runs import Occasion, Ranker, log_run
from recsys.shared_store import address


def publish(
    metrics: Path,
    folders: Mapping[str, Path],
    mlruns: Path,
    state: DataState,
    package: Package,
    page: Path | None = None,
    begin: Callable[[Path], object] = lambda _: None,
) -> Published:
    """Log every model and baseline of the evaluation, and its `page`; register the best model, and
    stage it if it deserves it.

    `folders` maps a model's name to its folder; `state` is the data that they were made of, and
    `package` makes the folder that MLflow loads; `begin` is told of which model, before the runs
    are logged, if it is to be made. DataError if a file is missing or torn, StoreError if MLflow's
    store cannot be reached.
    """
    evaluation = evaluation_file.read(metrics)
    models = {name: manifest.read_checked(folder) for name, folder in folders.items()}
    identity = evaluation_id(metrics, folders)
    lineage = read_lineage(LOCK_FILE)
    with store.locked(mlruns), store.reachable(mlruns):
        _remove_markers(mlruns)
        client = store.client(mlruns)
        best = evaluation.best
        if logged_models.find(client, models[best].model_id) is None:
            begin(folders[best])
        parent = evaluations.run(client, evaluation, state)
        view.store(client, store.experiment_id(client), evaluation.primary)
        first = view.columns(evaluation.primary)
        occasion = Occasion(identity, parent, state, lineage, first)
        model_ids = {name: model.model_id for name, model in models.items()}
        rankers = _rankers(evaluation, state, model_ids, folders)
        run_ids = {one.name: log_run(client, one, occasion) for one in rankers}
        if address.shared():  # sent whole: they come back with the right hashes
            for model_id in model_ids.values():
                copies.bring_run(client, mlruns, model_id)
        facts = Facts(models[best], evaluation, state, lineage)
        registration = Registration(
            client, mlruns, facts, run_ids[best], folders[best], package
        )
        published = registration.register()
        note = words.about_evaluation(evaluation, state, model_ids)
        evaluations.close(client, parent, evaluation, note)
        if page:
            evaluations.keep_page(client, parent, page)
        write_text(marker(mlruns, identity), published.sentence() + "\n")
    return published


def _rankers(
    evaluation: Evaluation,
    state: DataState,
    model_ids: Mapping[str, str],
    folders: Mapping[str, Path],
) -> Iterator[Ranker]:
    """Models by their ids; all else by its data and metrics: it is logged once.

    The best comes last: MLflow shows the newest first.
    """
    others = [name for name in reversed(evaluation.models) if name != evaluation.best]
    for name in (*others, evaluation.best):
        row = evaluation.models[name]
        note = words.about_ranker(evaluation, name, state)
        measured = sha256_of_json({"data": state.sha256, "row": row})[:12]
        model_id = model_ids.get(name, f"{name}-{measured}")
        yield Ranker(name, model_id, row, folders.get(name), note)


def _remove_markers(mlruns: Path) -> None:
    """An evaluation that comes back after another one is published anew, and staged."""
    for path in markers(mlruns).glob("*.txt"):
        path.unlink()
