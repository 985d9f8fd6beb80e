"""What a run is about, in words: for MLflow's descriptions, and for the card of a model."""

from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.model_names import BASELINE
from recsys.registry.data_state import DataState

Row = dict[str, float]

NAMES = {
    "als": "ALS (confidence of positives, dislikes, product texts)",
    "bpr": "BPR (a user's positives above what they have not bought)",
    "blend": "ALS and BPR together, their scores added up on one scale",
    "als_factors": "ALS by its factors alone, without the other parts of the score",
    "bpr_factors": "BPR by its factors alone, without the other parts of the score",
    "blend_factors": "Both together by their factors alone, without the other parts of the score",
    "popularity": "The baseline that a model has to beat: the products with most positives",
    "random": "The baseline of chance",
    "content": "The baseline of product texts: products like those that a user liked",
}


def interval(row: Row, metric: str, sign: str = "") -> str:
    """A metric with its 95 % interval, if it has one; `-` without the metric."""
    if metric not in row:
        return "-"
    low, high = row.get(f"{metric}_low"), row.get(f"{metric}_high")
    bounds = (
        "" if low is None or high is None else f" [{low:{sign}.4f}, {high:{sign}.4f}]"
    )
    return f"{row[metric]:{sign}.4f}{bounds}"


def data(state: DataState) -> str:
    """What the data is."""
    stats = state.stats
    return (
        f"{stats.events:,} events ({stats.days}) of {stats.users:,} users with "
        f"{stats.items:,} products; data `{state.digest}`"
    )


def measured(evaluation: Evaluation) -> str:
    """Whom it was measured on."""
    return (
        f"{evaluation.test_users:,} test users, full ranking over all unseen products"
    )


def against_popularity(evaluation: Evaluation, name: str) -> str:
    """The primary metric of a model or baseline, beside popularity's."""
    row, metric = evaluation.models[name], evaluation.primary
    told = f"{metric} {interval(row, metric)}"
    if name == BASELINE:
        return told
    popular = interval(evaluation.models[BASELINE], metric)
    difference = interval(row, f"{metric}_over_popularity", "+")
    beside = "" if difference == "-" else f", a difference of {difference}"
    return f"{told}; popularity has {popular}{beside}"


def about_ranker(evaluation: Evaluation, name: str, state: DataState) -> str:
    """The description of a run."""
    return "\n\n".join(
        [
            f"{NAMES.get(name, name)}.",
            f"**{against_popularity(evaluation, name)}**",
            f"Measured on {measured(evaluation)}. {data(state)}, split `{state.split}`. "
            f"Intervals are 95 % bootstrap intervals over users.",
        ]
    )


def about_evaluation(
    evaluation: Evaluation, state: DataState, model_ids: dict[str, str]
) -> str:
    """The description of the run that models and baselines of the same data stand below."""
    best = evaluation.best
    return "\n\n".join(
        [
            f"{data(state)}, split `{state.split}`.",
            f"The best model is `{model_ids[best]}`: {against_popularity(evaluation, best)}.",
            f"Measured on {measured(evaluation)}. Below stand the models that were made of this "
            f"data, and each baseline once.",
        ]
    )
