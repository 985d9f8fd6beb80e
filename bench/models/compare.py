"""How well the models rank on a real shop, beside the popularity list and models of other
libraries.

usage   python -m bench.models.compare DIR [--out FILE]
reads   DIR             a folder with a shop's three CSVs
        params.yaml     sections merge, process, embed, train_als, train_bpr: the models as `make repro` trains them
writes  FILE            the table below as Markdown; without one, to the terminal

Leave-one-out, one event per cross-listed review, full ranking over all unseen items. All choices
are made on the validation fold: the models' own are in params.yaml (bench/models/defaults.py),
those of the others are the best of a grid by ndcg_at_10, fitted again on all training positives.
The test fold is read once. Differences are from the popularity list, with 95 % intervals by a
paired bootstrap over users.
"""

import argparse
import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.cold import difference
from bench.models.prepared import Prepared, prepared
from recsys.dataset.interactions import Interactions
from recsys.files.atomic import write_text
from recsys.models import model_folder
from recsys.program.command_line import PARAMS_FILE
from recsys.ranking import baselines, hybrid
from recsys.ranking.hybrid import Weights
from recsys.ranking.metrics import METRICS, metrics_of
from recsys.ranking.top_k import Scorer
from stages import train_als, train_bpr

SEED = 42
IRSPACK_EPOCHS = 16  # its default
Setting = dict[str, Any]
Peer = tuple[Callable[[Interactions, np.ndarray, Setting], Scorer], dict[str, list[Any]]]


def product(users: np.ndarray, items: np.ndarray) -> Scorer:
    return lambda rows: users[rows] @ items.T


def implicit_als(known: Interactions, _vectors: np.ndarray, setting: Setting) -> Scorer:
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(**setting, iterations=15, random_state=SEED)
    model.fit(known.confidence, show_progress=False)
    return product(model.user_factors, model.item_factors)


def implicit_bpr(known: Interactions, _vectors: np.ndarray, setting: Setting) -> Scorer:
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(**setting, num_threads=1, random_state=SEED)
    model.fit(known.binary, show_progress=False)
    return product(model.user_factors, model.item_factors)


def irspack(known: Interactions, vectors: np.ndarray, setting: Setting) -> Scorer:
    with warnings.catch_warnings():  # irspack configures its own pydantic models in the old way
        warnings.simplefilter("ignore")
        from irspack import IALSRecommender

        settings = dict(setting)
        if "lambda_item_feature" in settings:
            settings["item_features"] = csr_matrix(vectors.astype(np.float64))
        model = IALSRecommender(
            known.binary.astype(np.float64),
            n_components=64,
            n_threads=1,
            random_seed=SEED,
            **settings,
        )
    model.start_learning()
    for _ in range(IRSPACK_EPOCHS):  # its learn() shows a bar
        model.run_epoch()
    return product(model.get_user_embedding(), model.get_item_embedding())


def ease(known: Interactions, _vectors: np.ndarray, setting: Setting) -> Scorer:
    """The linear item-item model of Steck (2019)."""
    gram = (known.binary.T @ known.binary).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + setting["regularization"] * np.eye(len(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return lambda rows: np.asarray(known.binary[rows] @ weights, dtype=np.float32)


PEERS: dict[str, Peer] = {
    "implicit ALS": (
        implicit_als,
        {
            "factors": [16, 32, 64],
            "regularization": [1.0, 5.0, 10.0, 20.0],
            "alpha": [1.0, 2.0, 4.0, 8.0],
        },
    ),
    "implicit BPR": (
        implicit_bpr,
        {
            "factors": [32, 64, 128],
            "learning_rate": [0.05, 0.1],
            "regularization": [0.01, 0.03, 0.1],
            "iterations": [50, 100, 200, 400],
        },
    ),
    "irspack iALS": (
        irspack,
        {"alpha0": [0.003, 0.01, 0.03, 0.1], "reg": [0.003, 0.01, 0.03, 0.1, 0.3]},
    ),
    "irspack iALS with item features": (
        irspack,
        {
            "alpha0": [0.003, 0.01, 0.03, 0.1],
            "reg": [0.003, 0.01, 0.03, 0.1, 0.3],
            "lambda_item_feature": [1.0, 3.0, 10.0],
        },
    ),
    "EASE": (ease, {"regularization": [10.0, 30.0, 100.0, 300.0, 1000.0]}),
}


def settings_of(grid: dict[str, list[Any]]) -> Iterator[Setting]:
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def best_of(peer: Peer, shop: Prepared) -> Setting:
    """The setting with the best ndcg_at_10 on the validation fold."""
    fit, grid = peer
    inputs = shop.inputs
    fold = inputs.fold()

    def ndcg(setting: Setting) -> float:
        found = metrics_of(fit(fold, inputs.vectors, setting), fold.seen, inputs.held_out)
        return float(found["ndcg_at_10"].mean())

    return max(settings_of(grid), key=ndcg)


def ours(shop: Prepared, params: Path) -> Iterator[tuple[str, Scorer]]:
    """The models as the stages train them, by their factors alone and as they serve."""
    inputs = shop.inputs
    with tempfile.TemporaryDirectory() as name:
        for label, stage in (("als", train_als), ("bpr", train_bpr)):
            out = Path(name) / label
            stage.main(shop.data, shop.embeddings, Path(name) / "mlruns", out, params)
            saved = model_folder.load(out)
            model, settings = saved.factors, saved.manifest.params
            weights = Weights.model_validate(settings["hybrid"])
            yield f"{label}_factors", model.score
            yield label, hybrid.scorer(model.score, inputs.known.binary, inputs.vectors, weights)


def report(shop: Prepared, name: str, params: Path) -> str:
    known, vectors = shop.inputs.known, shop.inputs.vectors
    rows: list[tuple[str, str, np.ndarray]] = []

    def add(label: str, score: Scorer, says: str = "") -> None:
        found = metrics_of(score, known.seen, shop.test)
        rows.append((label, says, np.column_stack([found[metric] for metric in METRICS])))

    add("popularity", baselines.popularity(known.binary))
    add("content", baselines.content(known.binary, vectors))
    for label, peer in PEERS.items():
        setting = best_of(peer, shop)
        add(
            label,
            peer[0](known, vectors, setting),
            ", ".join(f"{key} {value:g}" for key, value in setting.items()),
        )
    for label, score in ours(shop, params):
        add(label, score, "params.yaml")
    base = rows[0][2]
    lines = [
        "# What the models are worth",
        "",
        "Made by `python -m bench.models.compare`; what is measured and how is said at the top of bench/models/compare.py.",
        "",
        f"Shop `{name}`: {known.binary.nnz} training positives, {shop.test.nnz} test users, "
        f"{known.binary.shape[1]} items.",
        "",
        "| model | recall_at_10 | over popularity [95 %] | ndcg_at_10 | over popularity [95 %] | settings |",
        "|---|---|---|---|---|---|",
    ]
    for label, says, values in rows:
        cells = []
        for column in range(len(METRICS)):
            gain = "" if values is base else difference(values[:, column], base[:, column])
            cells += [f"{values[:, column].mean():.4f}", gain]
        lines.append(f"| {label} | {' | '.join(cells)} | {says} |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    given = parser.parse_args(arguments)
    with prepared(given.folder, given.params) as shop:
        text = report(shop, given.folder.name, given.params)
    write_text(given.out, text) if given.out else print(text)


if __name__ == "__main__":
    main()
