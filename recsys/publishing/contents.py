"""What a release is made of: a trained model, and what the shop knows of its users and products.

reads   a model's folder; data/processed (interactions.parquet), data/embeddings/items.npz,
        data/merged/products.parquet

Users are those that the model was trained on, in its order, then all others who have an event, by
id: these are folded in here, once, as recsys/serving/newcomers.py does it. If more is known of
trained users than training was told, the model is fitted again (refit.py): their latest positive is
the test, and what somebody has bought last says most of what they buy next. Where it is not, they
are folded in, too. Popular is what all of them like, those who were not trained on among them: most
customers of most shops, and the first who buy what is new. What is bought together is by all that
the trained ones like. What is seen, and never shown again, is every event.

What the model alone knew is kept beside it (trained_factors, trained_items, liked_later): the gate
judges by the test, so it must not know it (recsys/serving/as_trained.py).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.folder import EVENTS
from recsys.dataset.sparse import entries_per_row
from recsys.files.atomic import sha256_of, sha256_of_json
from recsys.files.tables import read_table
from recsys.models.factors import Factors
from recsys.models.fold_in import UserEquation
from recsys.models.model_folder import SavedModel
from recsys.models.rules import rule_of
from recsys.program import arenas
from recsys.program.errors import DataError
from recsys.publishing.known import NEVER, Known, known_of, others
from recsys.publishing.refit import refitted
from recsys.ranking import hybrid
from recsys.serving import newcomers
from recsys.serving.array_shapes import csr_arrays, near_arrays
from recsys.serving.parts import Kind
from recsys.serving.release import About
from recsys.serving.texts import order_by_hash, packed

COLUMNS = ["user_id", "product_id", "rating", "confidence", "part", "timestamp"]
log = logging.getLogger(__name__)

# trained users x items folded in by many steps: two seconds
STEPPED_CELLS = 2_000_000
AT_ONCE = 1 << 16  # users that are folded in at once
FIVE_STARS = 5.5  # confidence of a purchase where there is no other to go by
TEXT_OF = {"names": "product_name", "brands": "brand", "types": "type"}


@dataclass(frozen=True)
class Sources:
    """Where the data of a shop stands, and from which rating on an event is a positive; `models`
    are folders in which the models of a blend may stand.
    """

    events: Path
    embeddings: Path
    products: Path
    threshold: float
    models: Sequence[Path] = ()

    @classmethod
    def under(
        cls, data: Path, threshold: float, models: Sequence[Path] = ()
    ) -> "Sources":
        """As dvc.yaml lays the folder `data` out."""
        return cls(
            data / "processed" / EVENTS,
            data / "embeddings" / "items.npz",
            data / "merged" / "products.parquet",
            threshold,
            models,
        )

    @property
    def hashes(self) -> dict[str, str]:
        """sha256 by file name."""
        files = (self.events, self.embeddings, self.products)
        return {path.name: _hash_of(path) for path in files}


def contents(
    model: SavedModel, sources: Sources
) -> tuple[About, dict[str, np.ndarray]]:
    """What release.write needs, by the model and the shop's data as it stands.

    DataError if a file is missing or torn, or if the model does not say how it serves.
    """
    factors = model.factors
    if factors.new_user is None:
        raise DataError(
            f"{model.folder}: does not say how new users are folded in; run `dvc repro`"
        )
    events = read_table(sources.events, COLUMNS)
    user_ids = [*factors.user_ids, *others(events, factors.user_ids)]
    known = known_of(events, user_ids, factors, sources.threshold)
    del events
    arenas.give_back()
    about = About(
        format=1,
        model_id=model.manifest.model_id,
        manifest_sha256=sha256_of_json(model.manifest.as_json()),
        weights=model.served_weights.model_dump(),
        new_item_places=model.new_item_places,
        new_user=rule_of(factors.new_user),
        bought_confidence=_typical(known.liked),
        trained_users=len(factors.user_ids),
        made_of=sources.hashes,
        files={},
    )
    return about, _arrays(model, known, user_ids, sources)


def _arrays(
    model: SavedModel, known: Known, user_ids: list[str], sources: Sources
) -> dict[str, np.ndarray]:
    """All that a release holds, by name, of these users in their order."""
    factors = model.factors
    hashes, by_hash = order_by_hash(user_ids)
    vectors = load_embeddings(sources.embeddings, factors.item_ids).vectors
    of_trained = known.of_first(len(factors.user_ids))
    beside = hybrid.beside(of_trained.binary, vectors, model.served_weights)
    changed = known.untold[: len(factors.user_ids)] != NEVER
    again = None
    if changed.any():
        again = refitted(model, of_trained, vectors, sources.models)
        changed &= again is None
    del of_trained
    served = again or factors
    item_factors = served.item_factors
    user_factors, kinds = _ranked(served, known, changed)
    del served, again  # of a large shop they are a gigabyte
    return {
        "user_factors": user_factors,
        "user_kinds": kinds,
        "trained_factors": factors.user_factors,
        "item_factors": item_factors,
        "trained_items": factors.item_factors,
        "content": vectors,
        "popularity": hybrid.log_popularity(known.liked),
        "user_hashes": hashes,
        "user_places": by_hash,
        **_texts("user_ids", user_ids),
        **_texts("item_ids", factors.item_ids),
        **_products(sources.products, factors.item_ids),
        **csr_arrays("liked", known.liked),
        **csr_arrays("disliked", known.disliked),
        **csr_arrays("seen", known.seen),
        "liked_confidence": known.liked.data,
        "liked_ages": known.ages.data.astype(np.int32),
        "liked_later": known.later.data.astype(np.uint8),
        **near_arrays(beside.neighbours, len(factors.item_ids)),
    }


def _hash_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None


def _ranked(
    factors: Factors, known: Known, changed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Factors (users, f) float32 and Kind (users,) uint8 of trained users, then of the others;
    `changed` (trained users,) bool are folded in, too. A trained user who has rated down since what
    she liked is shown what is popular.
    """
    trained, users = len(factors.user_ids), known.liked.shape[0]
    rows = np.zeros((users, factors.item_factors.shape[1]), np.float32)
    rows[:trained] = factors.user_factors
    likes_none = entries_per_row(known.liked) == 0  # any more, of trained ones
    kinds = np.where(likes_none, Kind.POPULAR, Kind.TRAINED).astype(np.uint8)
    is_new = np.arange(users) >= trained
    again = _affordable(factors, np.flatnonzero(changed), known)
    folded_in = np.concatenate([again, np.flatnonzero(is_new)])
    order = folded_in[_alike_together(known.liked[folded_in])]
    for begin in range(0, len(order), AT_ONCE):
        some = order[begin : begin + AT_ONCE]
        liked = known.liked[some]
        folded = factors.fold_in(liked, known.disliked[some])
        is_known = newcomers.are_known(factors, liked, folded)
        likes = entries_per_row(liked) > 0
        unknown = np.where(likes, Kind.CONTENT, Kind.POPULAR)
        kind = np.where(is_known, Kind.FOLDED, unknown)
        kinds[some] = np.where(is_new[some], kind, kinds[some])
        rows[some[is_known]] = folded[is_known]
    return rows, kinds


def _affordable(factors: Factors, changed: np.ndarray, known: Known) -> np.ndarray:
    """Those of the users (n,) who are folded in. Where that takes many steps they are bounded, and
    said: those who bought last come first.
    """
    most = STEPPED_CELLS // len(factors.item_ids)
    if isinstance(factors.new_user, UserEquation) or len(changed) <= most:
        return changed
    log.info(
        "the latest purchase of %d of %d users is in their factors: of those who bought last; of "
        "the others it counts beside these only",
        *(most, len(changed)),
    )
    latest_first = np.argsort(-known.untold[changed], kind="stable")
    return np.sort(changed[latest_first[:most]])


def _alike_together(liked: csr_matrix) -> np.ndarray:
    """The users (users,) in an order in which those who like the same follow one another: what is
    the same of them is computed once.
    """
    counts = entries_per_row(liked)
    first = np.full(len(counts), -1)
    likes = counts > 0
    first[likes] = liked.indices[liked.indptr[:-1][likes]]
    return np.lexsort([first, counts])


def _typical(liked: csr_matrix) -> float:
    """The median confidence: that of a purchase of which nothing more is known."""
    return float(np.median(liked.data)) if liked.nnz else FIVE_STARS


def _texts(name: str, texts: list[str]) -> dict[str, np.ndarray]:
    content, ends = packed(texts)
    return {name: content, f"{name}_ends": ends}


def _products(path: Path, item_ids: list[str]) -> dict[str, np.ndarray]:
    """Names, brands and types in the order of the items; "" for what is not in the catalogue."""
    products = read_table(path, ["product_id", *TEXT_OF.values()])
    wanted = pl.DataFrame({"product_id": pl.Series(item_ids, dtype=pl.String)})
    rows = wanted.join(products, on="product_id", how="left", maintain_order="left")
    found: dict[str, np.ndarray] = {}
    for name, column in TEXT_OF.items():
        found |= _texts(name, rows[column].fill_null("").to_list())
    return found
