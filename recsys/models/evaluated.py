"""What is evaluated, and on what: the trained models as they serve, and the test interactions."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.embeddings import Embeddings
from recsys.dataset.folder import Ids, read_interactions, read_pairs
from recsys.dataset.interactions import Interactions, users_of
from recsys.dataset.sparse import entries_per_row, rows_kept
from recsys.files.atomic import sha256_of
from recsys.models import learned, model_folder
from recsys.models.factors import Factors
from recsys.models.manifest import Notes
from recsys.program.errors import DataError
from recsys.ranking.weights import Weights

log = logging.getLogger(__name__)

NO_NOTES = Notes()


@dataclass(frozen=True)
class Model:
    """A trained model and how it ranks."""

    factors: Factors
    weights: Weights
    cold_threshold: int = 1  # an item with fewer training positives is cold
    new_item_places: int = 0  # of ten places of a list
    model_id: str = ""
    notes: Notes = NO_NOTES  # what training found out
    # from which purchases, of one that began at another model: csr (users, items)
    learned: csr_matrix | None = None


@dataclass(frozen=True)
class Dataset:
    """What the models are measured on; matrices are csr (users, items) float32."""

    known: Interactions  # the training interactions
    test: csr_matrix  # 1 where there is a test interaction
    latest: csr_matrix  # 1 at the latest training positive of a user who has several
    vectors: np.ndarray  # (items, dimension) float32, the items' embeddings


def read_dataset(processed: Path, ids: Ids, vectors: np.ndarray) -> Dataset:
    """What process wrote, and the embeddings. DataError if there is nothing to measure by."""
    known = read_interactions(processed, ids)
    test = read_pairs(processed / "test.parquet", known.binary.shape)
    if not test.nnz:
        raise DataError(
            f"{processed / 'test.parquet'}: no test interactions to measure by; "
            f"run `dvc repro process`"
        )
    latest = read_pairs(processed / "validation.parquet", known.binary.shape)
    return Dataset(known, test, latest, vectors)


def read_model(
    folder: Path, ids: Ids, embeddings: Embeddings, embeddings_file: Path
) -> Model:
    """The trained model. DataError if it was trained on other users, items or embeddings."""
    saved = model_folder.load(folder)
    factors, manifest = saved.factors, saved.manifest
    if factors.user_ids != ids.users or factors.item_ids != ids.items:
        raise DataError(
            f"{folder}: trained on other users or items than data/processed has; run `dvc repro`"
        )
    embeddings.require(str(manifest.notes.embedding_space), str(folder))
    if manifest.inputs.get(embeddings_file.name) != sha256_of(embeddings_file):
        raise DataError(
            f"{folder}: trained with other embeddings than {embeddings_file} has; run `dvc repro`"
        )
    if factors.new_user is None:
        raise DataError(
            f"{folder / 'manifest.json'}: does not say how new users are folded in; run `dvc repro`"
        )
    threshold = int(manifest.params.get("cold_threshold", 1))
    return Model(
        factors,
        saved.served_weights,
        threshold,
        saved.new_item_places,
        manifest.model_id,
        manifest.notes,
        learned.read(folder, factors.shape) if learned.is_warm(manifest) else None,
    )


def judging(data: Dataset, models: Iterable[Model]) -> Dataset:
    """The data without the test users whose purchase a model has learned from, as one that it began
    at was trained on it; how many these are is said. DataError if there is nobody else.
    """
    spoilt = np.zeros(data.test.shape[0], dtype=bool)
    for model in models:
        if model.learned is not None:
            spoilt |= entries_per_row(model.learned.multiply(data.test).tocsr()) > 0
    if not spoilt.any():
        return data
    test, users = rows_kept(data.test, ~spoilt), len(users_of(data.test))
    text = (
        f"{spoilt.sum()} of {users} test users: a model began at one that has learned from what is "
        f"now their test"
    )
    if not test.nnz:
        raise DataError(
            f"params.yaml: train_als.warm_start, train_bpr.warm_start: {text}; set them to off"
        )
    log.info("left out are %s (warm_start)", text)
    return replace(data, test=test)
