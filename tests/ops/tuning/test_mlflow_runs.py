"""A study is in MLflow once: a run for it, and one nested run a trial."""

from recsys.registry import store
from tests.ops.tuning.worlds import TRIALS, child_runs, trials_of, tuned
from tests.worlds import Shop


def test_each_trial_is_one_nested_run_however_often_the_study_is_taken_up(
    copied: Shop,
) -> None:
    client = store.client(copied.folder / "mlruns")
    experiment = client.get_experiment_by_name(store.EXPERIMENT)
    assert experiment
    (cut,) = [run for run in child_runs(copied) if run.data.tags["trial"] == "1"]
    client.update_run(cut.info.run_id, "RUNNING")  # as a kill leaves it
    tuned(copied)
    (parent,) = client.search_runs([experiment.experiment_id], "tags.kind = 'tuning'")
    children = child_runs(copied)
    assert [run.data.tags["mlflow.parentRunId"] for run in children] == [
        parent.info.run_id
    ] * TRIALS
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
    assert [run.data.metrics["ndcg_at_10"] for run in children] == [
        value for _, value, _ in trials_of(copied)
    ]
    assert (
        parent.data.metrics["best_ndcg_at_10"] == 1
        and "hybrid.popularity" in children[0].data.params
    )
    assert not client.search_runs([experiment.experiment_id], "tags.model_id LIKE '%'")
