"""`python runner.py seeds`: how far the metrics of this shop move by the seed of a training alone.

reads   params.yaml (train_als, train_bpr, evaluate), data/processed, data/embeddings
writes  state/seeds.json    a row a fit; the page of the gate shows it

Each model is trained as its stage does it, choice of settings included, once a seed; and measured
on the test as it serves. Nothing is chosen by it: it says how much of a difference is luck.
"""

import json
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ops.terminal import aligned
from recsys.als import training as als
from recsys.als.params import Params as AlsParams
from recsys.bpr import model as bpr
from recsys.bpr.params import Params as BprParams
from recsys.dataset.folder import read_ids
from recsys.dataset.interactions import some_users
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.files.atomic import write_json
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.evaluated import Dataset, read_dataset
from recsys.models.model import TrainedModel
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError
from recsys.program.params import load
from recsys.ranking import hybrid
from recsys.ranking.evaluation import Params as EvaluateParams
from recsys.ranking.metrics import metrics_at
from recsys.ranking.new_places import lister
from recsys.ranking.weights import Weights
from recsys.reports.seeds import FILE, Fit, spreads
from recsys.spark.params import refuse_spark

log = logging.getLogger("seeds")

LONG = 1e9  # seconds between checkpoints: a fit of a seed keeps none
Trainer = Callable[[int], TrainedModel]


def trainers(inputs: Inputs, params: Path, scratch: Path) -> dict[str, Trainer]:
    """How each model is trained with a seed, as its stage does it."""
    of_als, of_bpr = (
        load(AlsParams, "train_als", params),
        load(BprParams, "train_bpr", params),
    )

    def kept(seed: int, name: str) -> TrainingCheckpoints:
        return TrainingCheckpoints(scratch / name, [seed], 1_000_000, LONG)

    def fit_als(seed: int) -> TrainedModel:
        settings = of_als.model_copy(update={"seed": seed})
        return als.train(inputs, settings, None, kept(seed, "als"))

    def fit_bpr(seed: int) -> TrainedModel:
        settings = of_bpr.model_copy(update={"seed": seed})
        return bpr.train(inputs, settings, None, kept(seed, "bpr"))

    return {"als": fit_als, "bpr": fit_bpr}


def measured(model: TrainedModel, data: Dataset, k: int) -> dict[str, float]:
    """ndcg and recall at `k` as the model serves, means over the test users."""
    known, noted = data.known, model.notes
    weights = Weights.model_validate(noted.served)
    score = hybrid.scorer(model.factors.score, known.aged, data.vectors, weights)
    places = noted.new_items.places if noted.new_items else 0
    made = lister(places, known, data.vectors, known.binary)
    found = metrics_at(score, known.seen, data.test, [k], made)
    return {
        name: float(found[name].mean()) for name in (f"ndcg_at_{k}", f"recall_at_{k}")
    }


def lines(fits: Sequence[Fit]) -> Iterator[str]:
    """The table for people."""
    head = ("MODEL", "METRIC", "SEEDS", "MEAN", "DEVIATION", "LOWEST", "HIGHEST")
    rows = [
        (
            one.model,
            one.metric,
            str(one.fits),
            *(f"{value:.4f}" for value in one[3:]),
        )
        for one in spreads(fits)
    ]
    yield from aligned([head, *rows])


@contextmanager
def quiet_training() -> Iterator[None]:
    """Without what a stage says of its training: here it would come as often as there are seeds."""
    of_training = logging.getLogger("recsys")
    before = of_training.level
    of_training.setLevel(logging.WARNING)
    try:
        yield
    finally:
        of_training.setLevel(before)


Seeds = Annotated[
    int, typer.Option("--seeds", min=2, max=100, help="So many trainings of each.")
]
Model = Annotated[str, typer.Option("--model", help="als, bpr or both.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def main(
    seeds: Seeds = 5,
    model: Model = "both",
    as_json: Json = False,
    params: Path = Path(PARAMS_FILE),
    data: Path = Path("data"),
    state: Path = Path("state"),
) -> None:
    """Train with several seeds and say how far the metrics move. It takes as many trainings."""
    if model != "bpr":
        refuse_spark(params, "seeds")
    rules = load(EvaluateParams, "evaluate", params)
    processed = data / "processed"
    inputs = read_inputs(processed, data / "embeddings" / "items.npz")
    dataset = read_dataset(processed, read_ids(processed), inputs.vectors)
    most = rules.users_of(len(inputs.ids.items))
    dataset = Dataset(
        dataset.known, some_users(dataset.test, most), dataset.latest, dataset.vectors
    )
    fits = []
    with quiet_training(), tempfile.TemporaryDirectory() as scratch:
        known = trainers(inputs, params, Path(scratch))
        if model != "both" and model not in known:
            raise ConfigError(f"--model {model!r}: als, bpr or both")
        for name in known if model == "both" else [model]:
            for seed in range(seeds):
                figures = measured(known[name](seed), dataset, rules.cutoff)
                fits.append(Fit(name, seed, figures))
                said = ", ".join(f"{key} {value:.4f}" for key, value in figures.items())
                log.info("%s, seed %d: %s", name, seed, said)
    write_json(state / FILE, fits)
    print(
        json.dumps([one._asdict() for one in spreads(fits)], indent=2)
        if as_json
        else "\n".join(lines(fits))
    )


if __name__ == "__main__":
    enter(main, "runner.py seeds")
