"""Rows of cold items: where they join the others, and which of them are drawn."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Part
from recsys.models.cold_items import (
    classes,
    cold_rows_filled,
    drawn_to,
    judge,
    with_cold_rows,
)
from recsys.models.fold_in import LeastSquares
from recsys.models.model import Trained
from recsys.models.params import TrainParams
from recsys.models.warm_start import Start
from tests.recsys.models.test_params import params as train_params
from tests.recsys.models.texts import factors_of, texts


def test_rows_join_in_proportion_to_what_is_known_of_an_item() -> None:
    own, predicted = np.full((4, 2), 8, np.float32), np.zeros((4, 2), np.float32)
    made = drawn_to(predicted, own, np.array([0, 1, 3, 4]), 4)
    assert made.tolist() == [[0, 0], [2, 2], [6, 6], [8, 8]]
    assert made.dtype == np.float32


@pytest.mark.parametrize("threshold", [1, 2, 3, 7, 1000])
def test_rows_are_continuous_at_the_threshold(threshold: int) -> None:
    counts = np.arange(threshold + 2)
    own, predicted = (
        np.full((len(counts), 1), 1, np.float32),
        np.full((len(counts), 1), -1, np.float32),
    )
    made = drawn_to(predicted, own, counts, threshold)[:, 0]
    assert made[0] == -1
    assert made[-2:].tolist() == [1, 1]
    assert np.diff(made) == pytest.approx(
        np.array([2 / threshold] * threshold + [0]), abs=1e-6
    )


def test_warm_rows_keep_their_bytes() -> None:
    own = factors_of(texts(5, 3, 0), 1.0, 0)
    made = drawn_to(own * 100, own, np.array([3, 4, 5, 99, 2]), 3)
    assert made[:4].tobytes() == own[:4].tobytes()


def test_classes_go_up_to_the_threshold() -> None:
    names = {t: [one.name for one in classes(t)] for t in (1, 2, 3, 5)}
    assert names == {
        1: ["0"],
        2: ["0", "1"],
        3: ["0", "1", "2"],
        5: ["0", "1", "2-4"],
    }
    marked = [one.marks(np.arange(7)).astype(int).tolist() for one in classes(5)]
    assert np.array(marked).argmax(axis=0).tolist() == [0, 1, 2, 2, 2, 0, 0]
    assert np.array(marked).sum(axis=0).tolist() == [1, 1, 1, 1, 1, 0, 0]


class Doubling:
    """A fit whose predicted rows are twice the own ones (recsys/models/model.py: Fit)."""

    params = train_params(cold_threshold=5)

    def predict_rows(self, item_factors: np.ndarray, _: Interactions) -> np.ndarray:
        return 2 * item_factors


@pytest.mark.parametrize(
    ("names", "changed"),
    [([], []), (["0"], [0]), (["1", "2-4"], [1, 2, 3, 4]), (None, [0, 1, 2, 3, 4])],
)
def test_only_the_rows_of_the_named_classes_are_drawn(
    names: list[str] | None, changed: list[int]
) -> None:
    """Item n has n positives."""
    binary = csr_matrix(np.triu(np.ones((6, 7), np.float32), 1))
    known = Interactions(binary, binary, binary * 0)
    own = np.ones((7, 2), np.float32)
    trained = Trained(np.ones((6, 2), np.float32), own, [])
    made = cold_rows_filled(trained, Doubling(), known, names).item_factors
    assert np.flatnonzero((made != own).any(axis=1)).tolist() == changed


# ---- with places for new items ----
USERS, KINDS, OF_KIND, NEW = 120, 4, 24, 4  # of a kind's items, the first ones are new
ITEMS = KINDS * OF_KIND
KIND = np.arange(ITEMS) % KINDS
TEXTS = np.eye(KINDS, dtype=np.float32)[KIND]


class Kinds:
    """A fit that knows its users' kind and how popular an item is, and of new items what their
    texts say (recsys/models/model.py: Fit). A text says the kind.
    """

    def __init__(self, **params: object) -> None:
        self.params: TrainParams = train_params(cold_threshold=1, **params)
        self.fits: list[Part] = []

    def fit(
        self, known: Interactions, _: Start | None = None, part: Part = Part.ALL
    ) -> Trained:
        self.fits.append(part)
        users = np.ones((USERS, KINDS + 1), np.float32)
        users[:, :KINDS] = np.eye(KINDS, dtype=np.float32)[np.arange(USERS) % KINDS]
        counts = known.binary.getnnz(axis=0)
        items = np.hstack([TEXTS * (counts > 0)[:, None], 9.0 * (counts > 0)[:, None]])
        return Trained(users, items.astype(np.float32), [])

    def predict_rows(self, _: np.ndarray, __: Interactions) -> np.ndarray:
        """Of the kind, and far less than any popular item has."""
        return np.hstack([TEXTS, np.zeros((ITEMS, 1))]).astype(np.float32)

    def new_user(self, _: Start | None = None, /) -> LeastSquares:
        return LeastSquares(1.0, 0.1, 0.0, 0.0)


def shop(takes_new: bool) -> Inputs:
    """Each user has bought some items of their kind, and takes another one, new or old, next."""
    rng = np.random.default_rng(0)
    likes = np.zeros((USERS, ITEMS), np.float32)
    held_out = np.zeros_like(likes)
    for user in range(USERS):
        own = np.flatnonzero(user % KINDS == KIND)
        new, sold = own[:NEW], rng.permutation(own[NEW:])
        likes[user, sold[:6]] = 1
        held_out[user, rng.choice(new) if takes_new else sold[6]] = 1
    binary = csr_matrix(np.maximum(likes, held_out))
    known = Interactions(binary, binary, csr_matrix(binary.shape, dtype=np.float32))
    ids = Ids([str(one) for one in range(USERS)], [str(one) for one in range(ITEMS)])
    return Inputs(ids, known, csr_matrix(held_out), np.zeros((ITEMS, 1)), "", {})


ON = {"cold_start": "ridge", "new_item_places": "auto"}


def test_a_row_that_is_worth_something_on_a_kept_place_alone_is_used_where_one_is_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    cold, new = judge(Kinds(**ON), shop(takes_new=True))
    assert new.places > 0
    assert cold.used_for() == ["0"]
    plain, in_places, places = caplog.messages
    assert "0 positives, switched off: " in plain
    assert "0 positives, with 1 of ten places for new items, used: " in in_places
    assert f"als new_item_places auto: {new.places} of ten" in places
    # four new items of a kind, beside some of the other kinds that are hidden
    assert new.judged[1].ndcg_at_10_change > new.judged[1].ndcg_at_10_change_error


def test_where_no_place_is_kept_the_verdict_is_that_of_the_list_without() -> None:
    cold, new = judge(Kinds(**ON), shop(takes_new=False))
    assert new.places == 0
    assert cold.used_for() == []
    assert new.judged[0].hidden_recall_at_10 > new.judged[0].hidden_recall_at_10_without


@pytest.mark.parametrize(
    ("params", "fits", "places"),
    [
        (ON | {"new_item_places": 2}, [Part.HIDDEN], 2),
        ({"cold_start": "off", "new_item_places": 0}, [], 0),
        ({"cold_start": "off", "new_item_places": 1}, [Part.HIDDEN], 1),
    ],
)
def test_one_fit_is_all_that_places_cost_and_none_where_nothing_is_asked(
    params: dict[str, object], fits: list[Part], places: int
) -> None:
    fit, inputs = Kinds(**params), shop(takes_new=False)
    trained = fit.fit(inputs.known)
    model = with_cold_rows(trained, fit, inputs, None)
    assert fit.fits[1:] == fits
    assert model.notes.new_items is not None
    assert model.notes.new_items.places == places
    assert [one.places for one in model.notes.new_items.judged] == [1, 2][
        : 2 * len(fits)
    ]
    assert (model.notes.cold_start is None) == (params["cold_start"] == "off")
