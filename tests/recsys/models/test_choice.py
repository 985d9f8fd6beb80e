"""What fits the shop: the best weights, if their lead is more than its standard error."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models import choice
from recsys.models.choice import GRID, PRIOR, candidates, choose_weights, lead
from recsys.models.warm_start import Start
from recsys.ranking.weights import ONLY_FACTORS, Weights
from tests.recsys.models.test_params import params
from tests.worlds import popular_last

POPULAR = Weights(content=0, popularity=4, neighbours=0)


def inputs(held_out: csr_matrix | None = None) -> Inputs:
    """All users of the first half take the most popular item next."""
    binary = popular_last()
    if held_out is None:
        held_out = csr_matrix(binary.shape, dtype=np.float32).tolil()
        held_out[:20, -1] = 1
        held_out = held_out.tocsr()
    nothing = csr_matrix(binary.shape, dtype=np.float32)
    known = Interactions(binary * np.float32(5), binary, nothing)
    users, items = ([str(n) for n in range(count)] for count in binary.shape)
    vectors = np.zeros((len(items), 2), np.float32)
    return Inputs(Ids(users, items), known, held_out, vectors, "none", {})


def upside_down(users: np.ndarray) -> np.ndarray:
    """Factors that put the last item last."""
    return np.tile(-np.arange(30, dtype=np.float32), (len(users), 1))


def last_first(users: np.ndarray) -> np.ndarray:
    return -upside_down(users)


def test_a_lead_is_a_mean_with_its_standard_error_paired_by_user() -> None:
    ours, theirs = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0, 0.0])
    found = lead(ours, theirs)
    assert found.mean == 0.5
    assert found.error == pytest.approx(np.sqrt(1 / 3) / 2)
    assert found.is_sure
    assert not lead(ours, ours).is_sure
    assert not lead(np.ones(1), np.zeros(1)).is_sure  # of one user nothing is sure


@pytest.mark.parametrize(
    ("users", "above_two", "beyond_doubt"),
    [
        (2, False, False),
        (5, False, False),
        (6, True, False),
        (21, True, False),
        (22, True, True),
        (5000, True, True),
    ],
)
def test_a_few_users_who_all_fall_the_same_way_show_no_more_than_their_number(
    users: int, above_two: bool, beyond_doubt: bool
) -> None:
    found = lead(np.full(users, 0.6), np.zeros(users))
    assert found.is_above(2) == above_two
    assert found.is_beyond_doubt == beyond_doubt
    # those who do not differ say nothing
    longer = lead(np.append(np.full(users, 0.6), np.zeros(3)), np.zeros(users + 3))
    assert longer.differing == users


def test_the_best_comes_first_and_of_equal_ones_the_first() -> None:
    a, b = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, 1.0]])
    found = candidates({"a": a, "b": b, "c": b * 0}, ONLY_FACTORS)
    assert [(one.name, one.at) for one in found] == [("a", 1), ("b", 0), ("c", 0)]


def test_weights_that_are_surely_better_are_taken_and_written_down() -> None:
    section = params(search="weights")
    chosen, note = choose_weights([upside_down], inputs(), section, None)
    assert note is not None
    assert chosen.hybrid in GRID and chosen.hybrid.popularity > 0
    assert (note.users, note.taken, note.changes) == (20, PRIOR, {})
    assert (note.lead, note.error) == (1, 0)
    (setting,) = note.settings
    assert setting.hybrid == chosen.hybrid.model_dump()
    assert (setting.ndcg_at_10, setting.ndcg_at_10_as_given) == (1, 0)


def test_weights_that_are_no_better_stay() -> None:
    section = params(search="weights", hybrid=POPULAR.model_dump())
    chosen, note = choose_weights([last_first], inputs(), section, None)
    assert chosen == section
    assert note is not None and note.lead == 0


def test_weights_are_judged_by_the_mean_over_all_fits() -> None:
    """Of two fits that say the opposite of each other, nothing is gained by what helps one."""
    section = params(search="weights", hybrid=ONLY_FACTORS.model_dump())
    _, one = choose_weights([upside_down], inputs(), section, None)
    _, both = choose_weights([upside_down, last_first], inputs(), section, None)
    assert one is not None and both is not None
    given = one.settings[0].ndcg_at_10_as_given, both.settings[0].ndcg_at_10_as_given
    assert given == (0, 0.5)


def test_nothing_is_chosen_where_nothing_can_be() -> None:
    section, shop = params(search="weights"), inputs()
    nothing = csr_matrix(shop.held_out.shape, dtype=np.float32)
    several = shop.held_out + csr_matrix(np.eye(40, 30, dtype=np.float32))
    off = params(search="off")
    assert choose_weights([upside_down], shop, off, None) == (off, None)
    assert choose_weights([], shop, section, None) == (section, None)
    for held_out in (nothing, several.tocsr()):
        bare = inputs(held_out)
        assert choose_weights([upside_down], bare, section, None) == (section, None)


def test_a_warm_start_serves_with_the_weights_of_its_model() -> None:
    rows = np.zeros((1, 1)), np.zeros((1, 1))
    section = params(search="weights")
    warm = Start(rows, weights=POPULAR)
    chosen, note = choose_weights([], inputs(), section, warm)
    assert (chosen.hybrid, note) == (POPULAR, None)
    older = Start(rows)  # of which nobody knows how it served
    assert choose_weights([], inputs(), section, older) == (section, None)


def test_at_most_so_many_users_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "USERS", 7)
    fold = choice.fold_of(inputs(), ONLY_FACTORS)
    assert fold is not None
    assert fold.judged(last_first, [ONLY_FACTORS, POPULAR]).tolist() == [[1] * 7] * 2
    assert fold.known.binary.nnz == popular_last().nnz - 20
