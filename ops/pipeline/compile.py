"""`python -m ops.pipeline.compile`: compile the kernels ahead, so that the first run need not.

numba compiles a kernel at its first call, and keeps it in __pycache__ beside the module. Here each
is called on a shop of three users; what a stage calls later has the same types. Two programs
compile at once, one a core. `make` runs it when it has made .venv.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load

LIKED = csr_matrix(np.eye(3, 5, dtype=np.float32) + np.eye(3, 5, 1, dtype=np.float32))
DISLIKED = csr_matrix(np.eye(3, 5, 3, dtype=np.float32))
TEXTS = np.eye(5, 2, dtype=np.float32)


def compile_als(params: Path) -> None:
    """The kernel of ALS, with item features."""
    from recsys.als import fit
    from recsys.als.params import Params

    settings = load(Params, "train_als", params)
    if settings.solver == "native":
        features = TEXTS if settings.feature_prior else None
        fit.fit(LIKED, DISLIKED, features, settings, iterations=1)


def compile_bpr_and_ranking(params: Path) -> None:
    """The kernels of BPR, and those that rank."""
    from recsys.bpr import fit
    from recsys.bpr.params import Params
    from recsys.dataset.interactions import Interactions
    from recsys.ranking import hybrid, metrics, new_places, places
    from recsys.ranking.weights import Weights

    settings = load(Params, "train_bpr", params)
    model = fit.fit(LIKED, DISLIKED, settings, epochs=1)
    every = Weights(content=1, popularity=1, neighbours=1)
    score = hybrid.scorer(model.score, LIKED, TEXTS, every)
    metrics.evaluate(score, LIKED, DISLIKED, [1])
    metrics.metrics_of(score, LIKED, DISLIKED)
    known, beside = (
        Interactions(LIKED, LIKED, DISLIKED),
        hybrid.beside(LIKED, TEXTS, every),
    )
    lister = new_places.lister(1, known, TEXTS, LIKED)
    metrics.metrics_of(score, LIKED, DISLIKED, lister)
    places.places(model.score, known, DISLIKED, beside, [every])


def compile_drift(_: Path) -> None:
    """The kernels of drift, by a user of one event."""
    from recsys.drift import kernel

    begin, item = np.arange(2), np.zeros(1, dtype=np.int64)
    cards, taken, chance = np.zeros((1, 2)), begin[None, 1:], np.zeros((1, 1))
    sums = kernel.sums_of_draws(cards, taken.copy(), chance, begin, item, 1)
    kernel.shifts_of_top(sums, sums[0], 1, 1)


def compile_many(_: Path) -> None:
    """The kernels that score many users of a release."""
    from recsys.serving.many import ManyLikes

    likes = ManyLikes(LIKED.indptr, LIKED.indices, LIKED.data)
    near = csr_matrix(TEXTS @ TEXTS.T)
    found = np.empty((len(likes), len(TEXTS)), np.float32)
    likes.sums(TEXTS @ TEXTS.T, found)
    likes.sparse_sums((near.indptr, near.indices, near.data), found)
    likes.scale(found)


PROGRAMS = (compile_als, compile_bpr_and_ranking, compile_drift, compile_many)


def main(params: Path = Path(PARAMS_FILE)) -> None:
    """Compile the kernels of training, evaluation and drift ahead."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        done = [pool.submit(program, params) for program in PROGRAMS]
        for one in done:
            one.result()


if __name__ == "__main__":
    enter(main)
