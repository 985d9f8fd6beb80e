"""MovieLens 100K (Harper and Konstan, 2015), split by the pipeline's rules."""

import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset import split
from recsys.dataset.ages import ages_of
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import from_cells

RECBOLE = "recbole==1.2.1"  # its wheel has the ratings in it
RATINGS = "recbole/dataset_example/ml-100k/ml-100k.inter"


@dataclass(frozen=True)
class Folds:
    """Training interactions and the two folds, csr (users, items)."""

    known: Interactions
    held_out: csr_matrix
    test: csr_matrix


def folds(wheel: Path | None, params: split.SplitParams) -> Folds:
    """The ratings of the wheel (downloaded by pip if there is none) by leave-one-out."""
    if wheel is not None:
        return split_ratings(read_ratings(wheel), params)
    with tempfile.TemporaryDirectory() as folder:
        return split_ratings(read_ratings(downloaded(Path(folder))), params)


def downloaded(folder: Path) -> Path:
    """The wheel of RECBOLE."""
    options = ["--no-deps", "--quiet", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", RECBOLE, *options]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return next(folder.glob("*.whl"))


def read_ratings(wheel: Path) -> np.ndarray:
    """User, item, rating and time of each rating, (ratings, 4) int64."""
    with zipfile.ZipFile(wheel) as archive:
        table = pl.read_csv(io.BytesIO(archive.read(RATINGS)), separator="\t")
    return table.select(pl.all().cast(pl.Int64)).to_numpy()


def split_ratings(ratings: np.ndarray, params: split.SplitParams) -> Folds:
    """Ratings (ratings, 4) by leave-one-out; the fold has each user's latest training positive."""
    user, item = (
        np.unique(ratings[:, column], return_inverse=True)[1] for column in (0, 1)
    )
    shape = (int(user.max()) + 1, int(item.max()) + 1)
    order = np.lexsort((item, user))
    stars, times = ratings[order, 2].astype(float), ratings[order, 3].astype(np.int64)
    events = split.Events(user[order], item[order], stars, times)
    leave_one_out = params.model_copy(update={"split": "leave_one_out"})
    part, _ = split.split_events(events, shape[0], leave_one_out)
    is_train, is_positive = part == split.TRAIN, stars >= params.positive_threshold
    is_latest = np.zeros(len(events), dtype=bool)
    is_latest[split.latest_positives(events, is_train, params.positive_threshold)] = (
        True
    )
    liked = is_train & is_positive
    binary, dislikes, held_out, test = (
        from_cells(events.user[rows], events.item[rows], np.ones(rows.sum()), shape)
        for rows in (
            liked,
            is_train & ~is_positive,
            is_latest,
            part == split.TEST,
        )
    )
    user, item, time = events.user[liked], events.item[liked], events.time[liked]
    ages = from_cells(user, item, ages_of(user, time), shape)
    return Folds(Interactions(binary, binary, dislikes, ages), held_out, test)
