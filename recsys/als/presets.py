"""Settings of ALS for shops of other kinds than params.yaml was chosen for.

Each was found on validation folds of such a shop, and each is only tried: recsys/als/search.py
takes one where the shop's own validation fold is surely better with it.
"""

from typing import Any

from recsys.als.params import Params
from recsys.dataset.training_inputs import Inputs
from recsys.program.seeds import generator

Changes = dict[str, Any]  # keys of train_als with other values

PRESETS: dict[str, Changes] = {
    # dozens of positives a user, as in MovieLens 100K: a penalty that grows with what is known of
    # a row, and little confidence
    "dense": {
        "factors": 128,
        "regularization": 0.013,
        "frequency_scaling": 1.0,
        "alpha": 1.0,
        "dislike_weight": 0.1,
        "feature_regularization": 50.0,
    },
    # one or two positives of each of many users: half the factors, and little that holds them
    "sparse": {
        "factors": 64,
        "regularization": 0.0015,
        "frequency_scaling": 1.0,
        "alpha": 2.7,
        "dislike_weight": 0.6,
        "feature_regularization": 3.0,
    },
    # one or two positives of each of few users: what is known weighs much, texts help
    "small": {
        "factors": 128,
        "regularization": 0.0094,
        "frequency_scaling": 1.0,
        "alpha": 23.0,
        "dislike_weight": 0.54,
        "feature_regularization": 1.0,
    },
    # what is bought together is alike in its texts: the factors of an item hardly leave the map of
    # its text, and little holds that map
    "texts": {
        "factors": 128,
        "regularization": 0.47,
        "frequency_scaling": 1.0,
        "alpha": 70.0,
        "dislike_weight": 0.12,
        "feature_regularization": 0.033,
    },
}
DENSE_FROM = 4.0  # positives a user, on average: with fewer "dense" is not tried

DRAWN = 6  # settings that `quick` tries beside the presets
WIDEST = (
    4.0  # a drawn value is at most so many times the preset's, or as many times less
)
MOVED = ("regularization", "alpha", "dislike_weight", "feature_regularization")
FACTORS = (16, 32, 64, 128)


def presets_for(inputs: Inputs) -> dict[str, Changes]:
    """The presets that may fit a shop at all: "dense" only where users have many positives, "texts"
    only where products have texts.
    """
    users = max(1, inputs.known.binary.shape[0])
    possible = {
        "dense": inputs.known.binary.nnz >= DENSE_FROM * users,
        "texts": bool(inputs.vectors.any()),
    }
    return {name: one for name, one in PRESETS.items() if possible.get(name, True)}


def changed(params: Params, changes: Changes) -> Params:
    """The params with other values, checked."""
    return Params.model_validate(params.model_dump() | changes)


def drawn(params: Params) -> dict[str, Changes]:
    """DRAWN more settings, by the seed of the params: each is the section or a preset with values
    moved at random and a number of factors at random.
    """
    rng = generator(params.seed)
    own = params.model_dump(include=set(PRESETS["dense"]))
    made = {}
    for number in range(1, DRAWN + 1):
        begin = [own, *PRESETS.values()][number % (1 + len(PRESETS))]
        moved = WIDEST ** rng.uniform(-1, 1, len(MOVED))
        values = {
            name: float(f"{begin[name] * by:.3g}")
            for name, by in zip(MOVED, moved.tolist(), strict=True)
        }
        factors = FACTORS[int(rng.integers(len(FACTORS)))]
        made[f"drawn {number}"] = begin | values | {"factors": factors}
    return made
