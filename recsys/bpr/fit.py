"""Bayesian personalised ranking (Rendle et al., 2009): a user's positives above what he did not
take.

Each epoch visits every positive (u, i) once, in random order, with one negative j, and takes a step
up

    ln sigmoid(s_ui - s_uj) - regularization / 2 (|x_u|^2 + |y_i|^2 + |y_j|^2 + b_i^2 + b_j^2)

with scores s_ui = x_u . y_i + b_i. Negatives are of three kinds, in the shares that
`hard_negative_share` says:

    dislikes    one of the user's dislikes; from who has none, a negative of the other kinds
    popular     an item that he never touched, in proportion to its positives
    the rest    any item that is no positive of his, each as likely

Hard negatives (the first two kinds) taken as they are push down the very items that he is most
likely to take next: the popular ones, and those like the ones that he bought and did not like. So
they are corrected: a step with one is CORRECTED.step as long, and with a popular one moves the
taste and not the biases, by which popular items stand where their positives put them. The offset
log q of Bengio & Senecal (2008) in place of that does worse on sparse data. What each kind is
worth: `python -m bench.models.negatives`.

solver native      recsys/bpr/kernel.py: parallel, and the same bytes on any number of threads
solver implicit    recsys/bpr/implicit_library.py: negatives by popularity, no hard ones, one thread, no checkpoints
"""

import logging
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field, model_validator
from scipy.sparse import csr_matrix

from recsys.bpr import implicit_library
from recsys.bpr.early_stopping import AfterEpoch, EarlyStopping, Stopper, Watch
from recsys.dataset.sparse import rows_of, taken_out
from recsys.models.checkpoints import Checkpoints, State
from recsys.models.model import Trained, require_finite
from recsys.program.errors import ConfigError, DataError
from recsys.program.params import Section
from recsys.program.progress import bar
from recsys.program.seeds import generator

log = logging.getLogger(__name__)

LANES = (
    4  # user blocks of the native solver: so many threads can work at once; each costs more waiting
)
FEW = 50_000  # positives; up to so many one thread is faster than waiting for others

SPREAD = np.float32(0.01)  # of the first factors: larger ones drown what few positives say

Start = tuple[np.ndarray, np.ndarray]  # user factors (users, f + 1) and item factors (items, f + 1)


class HardNegativeShare(Section):
    dislikes: float = Field(ge=0, le=1)
    popular: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _together(self) -> "HardNegativeShare":
        if self.dislikes + self.popular > 1:
            raise ValueError(
                "dislikes and popular are shares of the same negatives: together at most 1"
            )
        return self


class Params(Section):
    solver: Literal["native", "implicit"]
    factors: int = Field(ge=1, le=1024)
    learning_rate: float = Field(gt=0, le=100)
    regularization: float = Field(ge=0, le=100)
    epochs: int = Field(ge=1)  # at most
    hard_negative_share: HardNegativeShare
    early_stopping: EarlyStopping
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _solver_can(self) -> "Params":
        share = self.hard_negative_share
        if self.solver == "implicit" and (share.dislikes or share.popular):
            raise ValueError(
                "solver implicit has no hard negatives: set both shares to 0, or solver to native"
            )
        return self


@dataclass(frozen=True)
class Correction:
    """What a step with a hard negative is worth beside one with another negative."""

    step: float  # times its length
    popular_bias: bool  # whether it moves the items' biases where it is a popular one


CORRECTED = Correction(step=0.3, popular_bias=False)
UNCORRECTED = Correction(step=1, popular_bias=True)


@dataclass(frozen=True)
class Searched:
    """A fit that was stopped by the validation fold: its best factors, and after how many epochs
    they were reached.
    """

    fold: Trained
    epochs: int


def search(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    validation: csr_matrix,
    params: Params,
    *,
    start: Start | None = None,
    checkpoints: Checkpoints | None = None,
    after_epoch: AfterEpoch | None = None,
) -> Searched:
    """Fit without the positives in `validation` until its recall_at_10 gains no more; at most
    params.epochs.

    `user_items`, `dislikes` and `validation` are csr (users, items). Recall is over all items but
    those of the remaining positives and dislikes. With an empty `validation` there is nothing to
    stop by: all epochs.
    """
    if not validation.nnz:
        log.warning("no validation positives: no early stopping, all %d epochs", params.epochs)
        watch = Watch(after_epoch)
        return Searched(
            _run(user_items, dislikes, params, params.epochs, start, checkpoints, watch),
            params.epochs,
        )
    known = taken_out(user_items, validation)
    stopper = Stopper((known + dislikes).tocsr(), validation, params.early_stopping, after_epoch)
    fold = _run(known, dislikes, params, params.epochs, start, checkpoints, stopper)
    log.info(
        "best of %d epochs: %d, valid_recall_at_10 %.4f",
        len(stopper.curve),
        stopper.epochs,
        stopper.best,
    )
    return Searched(fold, stopper.epochs or params.epochs)


def fit(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    params: Params,
    *,
    epochs: int,
    start: Start | None = None,
    checkpoints: Checkpoints | None = None,
    after_epoch: AfterEpoch | None = None,
    correction: Correction = CORRECTED,
) -> Trained:
    """Factors after so many epochs, from `start` or from small random ones.

    user_factors (users, f + 1) and item_factors (items, f + 1) float32: the last column is the
    item's bias, and 1 for every user. Without positives a user's other factors are 0. The curve has
    `epoch` and `train_auc`, the share of triples that stood in the right order when they were
    visited. `after_epoch` sees each epoch's factors; it must copy what it keeps. DataError without
    a positive, ConfigError if the factors grow beyond bounds.
    """
    return _run(
        user_items, dislikes, params, epochs, start, checkpoints, Watch(after_epoch), correction
    )


def _run(
    user_items: csr_matrix,
    dislikes: csr_matrix,
    params: Params,
    epochs: int,
    start: Start | None,
    checkpoints: Checkpoints | None,
    watch: Watch,
    correction: Correction = CORRECTED,
) -> Trained:
    if not user_items.nnz:
        raise DataError(
            "no training positives, so there is nothing to learn; lower process.positive_threshold"
        )
    start = _copied(start, user_items.shape) if start else None
    try:
        if params.solver == "implicit":
            shared = params.model_dump(
                include={"factors", "learning_rate", "regularization", "seed"}
            )
            return watch.outcome(
                *implicit_library.fit(user_items, start, watch, epochs=epochs, **shared)
            )
        return _descend(
            Descent(user_items, dislikes, params, start, correction), epochs, checkpoints, watch
        )
    except FloatingPointError:
        raise ConfigError(
            f"params.yaml: train_bpr.learning_rate: the factors grew beyond bounds at {params.learning_rate:g} with "
            f"regularization {params.regularization:g}; lower it (the product of both has to stay far below 1)"
        ) from None


def _descend(
    descent: "Descent", epochs: int, checkpoints: Checkpoints | None, watch: Watch
) -> Trained:
    """Epochs up to so many, or until `watch` says enough; from the newest checkpoint on."""
    found = checkpoints.load("users", "items", "curve_epoch") if checkpoints else None
    done = descent.restore(*found, watch) if found else 0
    with bar("bpr", epochs, done) as progress:
        for epoch in range(done + 1, epochs + 1):
            if watch.ended:
                break
            auc = descent.epoch(epoch)
            watch(epoch, {"train_auc": round(auc, 6)}, descent.X, descent.Y)
            if checkpoints:
                checkpoints.save(epoch, descent.state(watch))
            progress.update()
    return watch.outcome(descent.X, descent.Y)


class Descent:
    """Factors X (users, f + 1) and Y (items, f + 1) float32 on their way, and what an epoch of
    steps needs.
    """

    def __init__(
        self,
        user_items: csr_matrix,
        dislikes: csr_matrix,
        params: Params,
        start: Start | None,
        correction: Correction = CORRECTED,
    ) -> None:
        self.params = params
        self.positives = sorted_rows(user_items)
        self.bad = sorted_rows(taken_out(sorted_rows(dislikes), self.positives))
        self.users = rows_of(self.positives, np.int32)
        self.lanes = LANES if len(self.users) > FEW else 1
        self.correction = correction
        self.X, self.Y = start or first_factors(self.positives, params)

    def epoch(self, number: int) -> float:
        """Visit every positive once; the share of triples that stood in the right order."""
        from recsys.bpr.kernel import descend

        triples, begin = self.triples(number)
        rate, regularization = (
            np.float32(self.params.learning_rate),
            np.float32(self.params.regularization),
        )
        key = _key(self.params.seed, number, 2)
        hard_step, popular_bias = np.float32(self.correction.step), self.correction.popular_bias
        right = descend(
            self.X,
            self.Y,
            triples,
            begin,
            self.lanes,
            key,
            rate,
            regularization,
            hard_step,
            popular_bias,
        )
        require_finite(self.X, self.Y)
        return float(right.sum() / max(len(triples), 1))

    def triples(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The epoch's (user, positive, negative), (n, 3) int32, in the order of cells, and where
        each cell begins.

        A popular negative j stands there as items + j, a dislike as 2 items + j.
        """
        from recsys.bpr.kernel import cells, triples_of_epoch

        users, items = self.positives.shape
        rng = generator(self.params.seed, number)
        blocks = [
            (rng.permutation(n) % b).astype(np.int16)
            for n, b in ((users, self.lanes), (items, 2 * self.lanes))
        ]
        share = self.params.hard_negative_share
        triples, begin = triples_of_epoch(
            _key(self.params.seed, number, 1),
            self.users,
            (self.positives.indptr, self.positives.indices),
            (self.bad.indptr, self.bad.indices),
            (share.dislikes, share.popular),
            *blocks,
            cells(self.lanes),
        )
        return triples, begin

    def state(self, watch: Watch) -> State:
        return {"users": self.X, "items": self.Y, **watch.state()}

    def restore(self, step: int, state: State, watch: Watch) -> int:
        """Go on from what state() gave after `step` epochs; how many these were."""
        self.X, self.Y = state["users"], state["items"]
        watch.restore(state)
        return step


def sorted_rows(matrix: csr_matrix) -> csr_matrix:
    """A copy with 1 at every entry, columns in order, once each, indices int32 and indptr int64."""
    made = matrix.copy()
    made.sum_duplicates()
    made.data = np.ones(len(made.indices), dtype=np.float32)
    made.indices, made.indptr = made.indices.astype(np.int32), made.indptr.astype(np.int64)
    return made


def first_factors(user_items: csr_matrix, params: Params) -> Start:
    """Small random factors, normal with a deviation of SPREAD; biases 0, and 0 for users without a
    positive.
    """
    rng = generator(params.seed)
    X, Y = (
        np.pad(
            SPREAD * rng.standard_normal((n, params.factors), dtype=np.float32), ((0, 0), (0, 1))
        )
        for n in user_items.shape
    )
    X[np.diff(user_items.indptr) == 0] = 0
    X[:, -1] = 1
    return X, Y


def _copied(start: Start, shape: tuple[int, int]) -> Start:
    """Copies of factors to begin with. ValueError if their rows are not those of the matrix."""
    X, Y = (np.array(one, dtype=np.float32, order="C") for one in start)
    if (len(X), len(Y)) != shape or X.shape[1] != Y.shape[1]:
        raise ValueError(f"factors of {X.shape} and {Y.shape} do not fit a matrix of {shape}")
    return X, Y


def _key(seed: int, epoch: int, use: int) -> np.uint64:
    """Where the random numbers of one use in one epoch begin."""
    return np.uint64(np.random.SeedSequence([seed, epoch, use]).generate_state(1, np.uint64)[0])


def joined(
    searched: list[dict[str, float]], final: list[dict[str, float]]
) -> list[dict[str, float]]:
    """The points of a search and of the fit after it, by epoch."""
    fitted = {point["epoch"]: point for point in final}
    renamed = [
        {("fold_auc" if name == "train_auc" else name): value for name, value in one.items()}
        for one in searched
    ]
    return [{**point, **fitted.get(point["epoch"], {})} for point in renamed]
