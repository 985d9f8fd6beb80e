"""What a release is made of: a trained model, and what the shop knows of its users and products.

reads   a model's folder; data/processed (interactions.parquet), data/embeddings/items.npz,
        data/merged/products.parquet

Users are those that the model was trained on, in its order, then all others who have an event, by
id: these are folded in here, once, as recsys/serving/newcomers.py does it. A trained user likes the
positives of training; what is seen, and never shown again, is every event.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.ages import ages_of
from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.folder import EVENTS
from recsys.dataset.sparse import entries_per_row, from_cells
from recsys.files.atomic import sha256_of, sha256_of_json
from recsys.files.places import places, runs
from recsys.files.tables import read_table
from recsys.models.factors import Factors
from recsys.models.model_folder import SavedModel
from recsys.models.rules import rule_of
from recsys.program import arenas
from recsys.program.errors import DataError
from recsys.ranking import hybrid
from recsys.serving import newcomers
from recsys.serving.parts import Kind
from recsys.serving.release import About
from recsys.serving.texts import order_by_hash, packed

COLUMNS = ["user_id", "product_id", "rating", "confidence", "part", "timestamp"]
AT_ONCE = 1 << 16  # users that are folded in at once
FIVE_STARS = 5.5  # confidence of a purchase where there is no other to go by
TEXT_OF = {"names": "product_name", "brands": "brand", "types": "type"}


@dataclass(frozen=True)
class Sources:
    """Where the data of a shop stands, and from which rating on an event is a positive."""

    events: Path
    embeddings: Path
    products: Path
    threshold: float

    @classmethod
    def under(cls, data: Path, threshold: float) -> "Sources":
        """As dvc.yaml lays the folder `data` out."""
        return cls(
            data / "processed" / EVENTS,
            data / "embeddings" / "items.npz",
            data / "merged" / "products.parquet",
            threshold,
        )

    @property
    def hashes(self) -> dict[str, str]:
        """sha256 by file name."""
        files = (self.events, self.embeddings, self.products)
        return {path.name: _hash_of(path) for path in files}


@dataclass(frozen=True)
class Known:
    """What is known of the users of a release; matrices are csr (users, items) float32."""

    liked: csr_matrix  # confidence
    ages: csr_matrix  # of the same cells
    disliked: csr_matrix
    seen: csr_matrix


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
    user_ids = [*factors.user_ids, *_others(events, factors.user_ids)]
    known = _known(events, user_ids, factors, sources.threshold)
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
    user_factors, kinds = _ranked(factors, known)
    hashes, by_hash = order_by_hash(user_ids)
    embeddings = load_embeddings(sources.embeddings, factors.item_ids)
    trained = known.liked[: len(factors.user_ids)]
    beside = hybrid.beside(trained, embeddings.vectors, model.served_weights)
    return {
        "user_factors": user_factors,
        "user_kinds": kinds,
        "item_factors": factors.item_factors,
        "content": embeddings.vectors,
        "popularity": beside.popularity,
        "user_hashes": hashes,
        "user_places": by_hash,
        **_texts("user_ids", user_ids),
        **_texts("item_ids", factors.item_ids),
        **_products(sources.products, factors.item_ids),
        **_matrix("liked", known.liked),
        **_matrix("disliked", known.disliked),
        **_matrix("seen", known.seen),
        "liked_confidence": known.liked.data,
        "liked_ages": known.ages.data.astype(np.int32),
        **_near(beside, len(factors.item_ids)),
    }


def _hash_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None


def _others(events: pl.DataFrame, trained: list[str]) -> list[str]:
    """Users with an event whom the model was not trained on, by id."""
    rows = events["user_id"]
    users = rows.gather(runs(rows)[:-1]).unique()  # they stand together
    is_trained = users.is_in(pl.Series(trained, dtype=pl.String).implode())
    return users.filter(~is_trained).sort().to_list()


def _known(
    events: pl.DataFrame, user_ids: list[str], factors: Factors, threshold: float
) -> Known:
    """The matrices of all events with a product that the model knows."""
    user = places(events["user_id"], pl.Series(user_ids, dtype=pl.String))
    item = places(events["product_id"], pl.Series(factors.item_ids, dtype=pl.String))
    counts = (events["part"] == "train").to_numpy() | (user >= len(factors.user_ids))
    good = (events["rating"] >= threshold).to_numpy()
    confidence = events["confidence"].to_numpy()
    shape = (len(user_ids), len(factors.item_ids))

    def matrix(wanted: np.ndarray, values: np.ndarray) -> csr_matrix:
        cells = wanted & (user >= 0) & (item >= 0)
        return from_cells(user[cells], item[cells], values[cells], shape)

    ones = np.ones(len(events), np.float32)
    liked = counts & good & (user >= 0) & (item >= 0)
    ages, time = ones.copy(), events["timestamp"].to_physical().to_numpy()
    ages[liked] = ages_of(user[liked], time[liked])
    return Known(
        matrix(liked, confidence),
        matrix(liked, ages),
        matrix(counts & ~good, ones),
        matrix(ones > 0, ones),
    )


def _ranked(factors: Factors, known: Known) -> tuple[np.ndarray, np.ndarray]:
    """Factors (users, f) float32 and Kind (users,) uint8 of trained users, then of the others."""
    trained, users = len(factors.user_ids), known.liked.shape[0]
    rows = np.empty((users, factors.item_factors.shape[1]), np.float32)
    rows[:trained] = factors.user_factors
    kinds = np.full(users, Kind.TRAINED, np.uint8)
    order = trained + _alike_together(known.liked[trained:])
    for begin in range(0, len(order), AT_ONCE):
        some = order[begin : begin + AT_ONCE]
        liked = known.liked[some]
        folded = factors.fold_in(liked, known.disliked[some])
        is_known = newcomers.are_known(factors, liked, folded)
        likes = entries_per_row(liked) > 0
        unknown = np.where(likes, Kind.CONTENT, Kind.POPULAR)
        kinds[some] = np.where(is_known, Kind.FOLDED, unknown)
        folded[~is_known] = 0
        rows[some] = folded
    return rows, kinds


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


def _near(beside: hybrid.Beside, items: int) -> dict[str, np.ndarray]:
    """What is bought together, as it is stored; empty where it weighs 0."""
    near = beside.neighbours
    if near is None:
        near = csr_matrix((items, items), dtype=np.float32)
    return {**_matrix("near", near), "near_values": near.data}


def _matrix(name: str, matrix: csr_matrix) -> dict[str, np.ndarray]:
    return {
        f"{name}_indptr": matrix.indptr.astype(np.int64),
        f"{name}_items": matrix.indices.astype(np.int32),
    }
