"""Begin a fit at an earlier model: its rows by external id, new rows by what their texts and
interactions say.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.folder import SPLIT, Ids
from recsys.dataset.training_inputs import Inputs
from recsys.models import factors, learned, manifest, model_folder, ridge_map
from recsys.models.blended import NewUser
from recsys.models.manifest import ColdStart, NewItems
from recsys.models.model_folder import SavedModel
from recsys.models.params import OFF
from recsys.program.errors import ConfigError, DataError
from recsys.ranking.weights import Weights

log = logging.getLogger(__name__)

# of users (users, f) and of items (items, f), float32
FactorPair = tuple[np.ndarray, np.ndarray]

NO_COLD_ROWS = ColdStart(used=False)
NO_PLACES = NewItems(places=0)


@dataclass(frozen=True)
class Start:
    """An earlier model, at which a fit begins."""

    factors: FactorPair  # in the order of the rows of the fit
    cold_start: ColdStart = NO_COLD_ROWS  # which cold items had rows from their texts
    new_user: NewUser | None = None  # how the model folds in a user
    weights: Weights | None = None  # of the hybrid score, as the model served
    new_items: NewItems = NO_PLACES  # how many places it kept for new items
    learned: csr_matrix | None = None  # from which purchases (users, items)


def begin(
    model_id: str,
    own: Path,
    mlruns: Path,
    inputs: Inputs,
    width: int | Callable[[SavedModel], int],
    key: str,
) -> Start | None:
    """The model of this id with its rows in the order of `inputs`; None if the id is `off`.

    `width` is that of the factors by the params, for a model of this kind.

    It is looked for in `own`, the folder that a stage is about to replace, and among the MLflow
    runs. ConfigError if it has learned from another split.
    """
    if model_id == OFF:
        return None
    saved = find(model_id, [own, *kept_models(mlruns)], key)
    check_split(saved, inputs, key)
    rows = aligned(
        saved.factors,
        inputs.ids,
        width(saved) if callable(width) else width,
        inputs.known.confidence,
        inputs.known.dislikes,
        inputs.vectors,
        key,
    )
    notes = saved.manifest.notes
    return Start(
        rows,
        notes.cold_start or NO_COLD_ROWS,
        saved.factors.new_user,
        saved.weights,
        notes.new_items or NO_PLACES,
        _learned_by(saved, inputs, key),
    )


def _learned_by(saved: SavedModel, inputs: Inputs, key: str) -> csr_matrix | None:
    """From which purchases (users, items) the model has learned; that it does not know is said."""
    known = learned.of(saved, inputs.ids)
    if known is None:
        log.warning(
            "%s: %s does not say what it has learned from; if that is held out now, the metrics "
            "say too much: set it to off once",
            *(key, saved.manifest.model_id),
        )
    return known


def check_split(saved: SavedModel, inputs: Inputs, key: str) -> None:
    """ConfigError if the model has learned from data that was split by other params, or does not
    say by which: it may have seen what is now held out.
    """
    if saved.manifest.inputs.get(SPLIT) != inputs.hashes[SPLIT]:
        raise ConfigError(
            f"params.yaml: {key}: {saved.manifest.model_id} has learned from another split "
            f"(process.split, test_share, positive_threshold or min_interactions), so it may have "
            f"seen what is now held out; set {key} to off, or those as they were"
        )


def find(model_id: str, folders: Iterable[Path], key: str) -> SavedModel:
    """The model of this id, checked, from the first of `folders` that has it whole.

    ConfigError that names `key` of params.yaml if it is in none, or torn wherever it is.
    """
    known: list[str] = []
    torn: Exception | None = None
    for folder in folders:
        try:
            known.append(manifest.read(folder).model_id)
        except (
            DataError,
            OSError,
        ):  # not a model; the one that is asked for may still be found
            continue
        if known[-1] == model_id:
            try:
                return model_folder.load(folder)
            except (DataError, OSError) as error:
                torn = torn or error
    if torn:
        raise ConfigError(
            f"params.yaml: {key}: {model_id} is there and torn ({torn}); "
            f"take another, or set it to off"
        )
    own_type = f"{model_id.partition('-')[0]}-"
    of_this_type = sorted({name for name in known if name.startswith(own_type)})
    raise ConfigError(
        f"params.yaml: {key}: no model {model_id!r} in models/ or mlruns/; there are "
        f"{', '.join(of_this_type) or 'none of this type'}; take one of these, or set it to off"
    )


def kept_models(mlruns: Path) -> list[Path]:
    """The folders of the models that MLflow has."""
    return sorted(
        path.parent
        for path in (mlruns / "artifacts").glob("*/artifacts/model/manifest.json")
    )


def aligned(
    model: factors.Factors,
    ids: Ids,
    width: int,
    liked: csr_matrix,
    dislikes: csr_matrix,
    vectors: np.ndarray,
    key: str,
) -> FactorPair:
    """Factors (users, width) and (items, width) float32 in the order of `ids`.

    A new item gets what the ridge map from embeddings `vectors` (items, d) says, a new user is
    folded in from `liked` (users, items: confidence) and `dislikes`. ConfigError if the model has
    another width.
    """
    if model.item_factors.shape[1] != width:
        raise ConfigError(
            f"params.yaml: {key}: that model has factors of width {model.item_factors.shape[1]}, "
            f"the params ask for {width}; set the same number of factors, or {key} to off"
        )
    items, old_item = _placed(model.item_factors, model.item_index, ids.items)
    # an old item of which that model knew nothing has a row of zeros: it teaches nothing
    teaches: np.ndarray = (items != 0).any(axis=1).astype(np.int64)
    predicted = ridge_map.rows_from_texts(vectors, items, teaches, model.last_is_bias)
    items = np.where(old_item[:, None], items, predicted)
    users, old_user = _placed(model.user_factors, model.user_index, ids.users)
    here = factors.Factors(ids.users, ids.items, users, items, model.new_user)
    if model.new_user is not None and not old_user.all():
        new = np.flatnonzero(~old_user)
        users[new] = here.fold_in(liked[new], dislikes[new])
    return users, items


def _placed(
    rows: np.ndarray, index: dict[str, int], ids: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """`rows` (old ids, f) in the order of `ids`, (ids, f) float32, zeros for those that are new;
    and which are old, (ids,) bool.
    """
    source = np.array([index.get(known_id, -1) for known_id in ids], dtype=np.int64)
    old: np.ndarray = source >= 0
    placed = np.zeros((len(ids), rows.shape[1]), dtype=np.float32)
    placed[old] = rows[source[old]]
    return placed, old
