"""A shop of twelve users and ten products with a model, and its release."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.files.tables import write_table
from recsys.models import model_folder
from recsys.models.blended import NewUser
from recsys.models.factors import Factors
from recsys.models.fold_in import LeastSquares
from recsys.models.manifest import NewItems, Notes
from recsys.models.rules import rule_from
from recsys.publishing import contents
from recsys.publishing.contents import Sources
from recsys.ranking import hybrid
from recsys.ranking.hybrid import Beside
from recsys.serving import release
from recsys.serving.recommender import Recommender
from recsys.serving.release import Release
from tests.worlds import Shop as Folders
from tests.worlds import even_odd, parity_vectors, write_embeddings

RULE = LeastSquares(5.0, 0.1, 0.0, 1.0)
HYBRID = {"content": 0.5, "popularity": 0.25, "neighbours": 0.5, "memory": 2.0}
ITEMS = 10
EVEN = np.arange(ITEMS) % 2 == 0
ROWS = np.column_stack([EVEN, ~EVEN, 0.1 * np.arange(ITEMS)]).astype(np.float32)
ROWS[9] = 0  # a product that the model knows nothing of
BRANDS = ["Rosa", "Lan"]  # of even and odd products
OTHERS = [  # users whom the model was not trained on: user, product, stars
    ("new", "p1", 5.0),
    ("new", "p2", 1.0),
    ("cold", "p9", 5.0),
    ("sad", "p0", 2.0),
]


def events() -> pl.DataFrame:
    """What process writes: everybody's events; u0 has a test event with p0's neighbour p2, which
    the release is served by, and training was not told of.
    """
    likes = even_odd(12, ITEMS).toarray() > 0
    rows = [
        (f"u{user}", f"p{item}", 5.0, "train")
        for user in range(12)
        for item in range(ITEMS)
        if likes[user, item] and (user, item) != (0, 2)
    ]
    rows += [("u0", "p2", 5.0, "test"), ("u1", "p0", 1.0, "train")]
    rows += [(user, product, stars, "unused") for user, product, stars in OTHERS]
    schema = ["user_id", "product_id", "rating", "part"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    confidence = (pl.col("rating") + 0.5).cast(pl.Float32)
    # two products a day, in the order of their ids
    day = pl.col("product_id").str.slice(1).cast(pl.Int64) // 2
    time = pl.datetime(2024, 1, 1) + pl.duration(days=day)
    return frame.with_columns(confidence=confidence, timestamp=time)


def products() -> pl.DataFrame:
    """What merge writes; p8 is not in the catalogue any more."""
    rows = [
        (f"p{item}", f"Kem số {item}", BRANDS[item % 2], "cream")
        for item in range(ITEMS)
        if item != 8
    ]
    schema = ["product_id", "product_name", "brand", "type"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def sources(folder: Path) -> Sources:
    """The files of the shop under `folder`."""
    found = Sources.under(folder / "data", 4.0)
    write_table(events(), found.events)
    write_table(products(), found.products)
    write_embeddings(Folders(folder), parity_vectors(ITEMS))
    return found


def save_model(
    folder: Path,
    model_type: str = "als",
    rule: NewUser = RULE,
    rows: np.ndarray = ROWS,
    places: int = 0,
    behind: str = "",
    **hybrid: float,
) -> str:
    """A trained model of the users u0 to u11, with something behind each id, and with so many of
    ten places for new items; its id.
    """
    likes = even_odd(12, ITEMS)
    factors = rule(rows, likes, 0 * likes)
    user_ids = [f"u{user}{behind}" for user in range(12)]
    item_ids = [f"p{item}" for item in range(ITEMS)]
    trained = Factors(user_ids, item_ids, factors, rows, rule)
    params = {"hybrid": HYBRID | hybrid}
    notes = Notes(new_items=NewItems(places=places)) if places else Notes()
    return model_folder.save(trained, [], model_type, params, {}, folder, notes)


def but_for_the_fit(told: str) -> str:
    """What was told, without that a model of this shop is not fitted again: it was never fitted."""
    lines = told.splitlines(keepends=True)
    return "".join(
        line for line in lines if "was trained, not fitted again" not in line
    )


def publish(folder: Path, **model: Any) -> str:
    """Publish a model of the shop under `folder`; its id."""
    save_model(folder / "models/als", **model)
    made = contents.contents(model_folder.load(folder / "models/als"), sources(folder))
    release.write(folder / "releases", *made)
    return made[0].model_id


def recommender(folder: Path, **model: Any) -> Recommender:
    """What answers from a published model of the shop."""
    return Recommender(release.load(folder / "releases", publish(folder, **model)))


def with_new_items(folder: Path, places: int, *new: int, **model: Any) -> Recommender:
    """What answers where nobody has bought the products `new`."""
    save_model(folder / "models/als", places=places, **model)
    made = contents.contents(model_folder.load(folder / "models/als"), sources(folder))
    about, arrays = made
    arrays["popularity"] = np.array(arrays["popularity"])
    arrays["popularity"][list(new)] = 0
    return Recommender(release.in_memory(about, arrays))


def damage(folder: Path, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change an array of a release, with the hash and shape that go with it: a hostile writer."""
    path = folder / f"{name}.npy"
    array = change(np.array(np.load(path)))
    with path.open("wb") as handle:
        np.lib.format.write_array(handle, array, version=(1, 0))
    about = read_json(folder / "release.json")
    entry = {"dtype": array.dtype.str, "shape": list(array.shape)}
    about["files"][name] = {"sha256": sha256_of(path), **entry}
    write_json(folder / "release.json", about)


# ---- a release as what fits and evaluates has it ----
def factors_of(found: Release) -> Factors:
    """The items' half of the model, with its rule for new users."""
    rows = found.arrays["item_factors"]
    rule = rule_from(found.about.new_user)
    return Factors([], found.texts["item_ids"], rows[:0], rows, rule)


def beside_of(found: Release) -> Beside:
    """What is known of the items: popular is what all users like, and what is bought together is
    by those who were trained on.
    """
    trained, every = found.about.trained_users, len(found.arrays["user_kinds"])
    likes = (rows_of(found, "liked", slice(0, users)) for users in (trained, every))
    of_trained, of_all = (
        hybrid.beside(liked, found.arrays["content"], found.weights) for liked in likes
    )
    return replace(of_trained, popularity=of_all.popularity)


def rows_of(found: Release, matrix: str, users: slice) -> csr_matrix:
    """Consecutive rows of one of release.MATRICES, or the ages of what is liked, csr (users, items)
    float32.
    """
    name = "liked" if matrix == "ages" else matrix
    indptr = found.arrays[f"{name}_indptr"][users.start : users.stop + 1]
    cells = slice(int(indptr[0]), int(indptr[-1]))
    items = found.arrays[f"{name}_items"][cells]
    values = np.ones(len(items), np.float32)
    if matrix == "liked":
        values = found.arrays["liked_confidence"][cells]
    if matrix == "ages":
        values = found.ages[cells].astype(np.float32)
    shape = (len(indptr) - 1, len(found.arrays["item_factors"]))
    return csr_matrix((values, items, indptr - indptr[0]), shape=shape)
