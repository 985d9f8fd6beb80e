"""The section stays where nothing is surely better; else a setting is taken and written down."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.als import presets as als_presets
from recsys.als import search as als_search
from recsys.als.params import Params
from recsys.als.presets import PRESETS
from recsys.als.search import search
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models import choice
from recsys.models.choice import PRIOR
from tests.recsys.als.worlds import params
from tests.worlds import one_blas_thread

USERS, ITEMS, KINDS = 120, 30, 3


def inputs(seed: int, informative: bool = True) -> Inputs:
    """Each user likes items of one kind (or any), one of which is held out."""
    rng = np.random.default_rng(seed)
    kind = np.arange(ITEMS) % KINDS
    likes = np.zeros((USERS, ITEMS), np.float32)
    held_out = np.zeros_like(likes)
    for user in range(USERS):
        own = np.flatnonzero(kind == user % KINDS) if informative else np.arange(ITEMS)
        chosen = rng.permutation(own)[:4]
        likes[user, chosen] = 1
        held_out[user, chosen[0]] = 1
    binary = csr_matrix(likes)
    known = Interactions(
        binary * np.float32(5), binary, csr_matrix((USERS, ITEMS), dtype=np.float32)
    )
    ids = Ids([str(user) for user in range(USERS)], [str(i) for i in range(ITEMS)])
    vectors = np.zeros((ITEMS, 2), np.float32)
    return Inputs(ids, known, csr_matrix(held_out), vectors, "none", {})


def found(section: Params, shop: Inputs) -> tuple[Params, Any]:
    with one_blas_thread():
        chosen, note, _ = search(shop, section)
    return chosen, note


# a penalty under which the factors say nothing, and popularity is all
MUTE = {
    "regularization": 1e9,
    "hybrid": {"content": 0, "popularity": 1, "neighbours": 0},
}


@pytest.mark.parametrize("search", ["presets", "quick"])
def test_a_setting_that_is_surely_better_is_taken_and_written_down(
    monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    monkeypatch.setattr(choice, "BEYOND_DOUBT", np.inf)  # another seed is asked
    section = params(search=search, **MUTE)
    chosen, note = found(section, inputs(0))
    assert note.taken != PRIOR
    assert chosen.regularization == note.changes["regularization"] < 1e9
    assert note.lead > note.error and note.leads_again[-1] > 0
    assert note.users == USERS
    by_name = {one.name: one for one in note.settings}
    assert PRIOR in by_name and by_name[note.taken].changes == note.changes
    assert chosen.hybrid.model_dump() == by_name[note.taken].hybrid
    assert note.lead == pytest.approx(
        by_name[note.taken].ndcg_at_10 - by_name[PRIOR].ndcg_at_10_as_given, abs=2e-6
    )


def test_a_lead_beyond_doubt_needs_no_second_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice, "BEYOND_DOUBT", 1.0)
    _, note = found(params(search="presets", **MUTE), inputs(0))
    assert note.taken != PRIOR and note.leads_again == []


def test_weights_alone_leave_the_setting() -> None:
    chosen, note = found(params(search="weights", **MUTE), inputs(0))
    assert (note.taken, note.changes) == (PRIOR, {})
    assert chosen.hybrid.neighbours > 0
    assert chosen.regularization == 1e9


def test_where_nothing_can_be_known_the_section_stays() -> None:
    """Users who take items by chance: the best of many settings is a lucky one."""
    section = params(search="presets")
    taken = [found(section, inputs(seed, informative=False))[0] for seed in range(6)]
    assert sum(one == section for one in taken) >= 4


def test_a_lead_that_another_seed_does_not_confirm_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    section = params(search="presets", **MUTE)
    monkeypatch.setattr(als_search._Decision, "_again", lambda *_: np.zeros(USERS))
    monkeypatch.setattr(choice, "BEYOND_DOUBT", np.inf)
    chosen, note = found(section, inputs(0))
    assert chosen == section
    assert note.taken == PRIOR and set(note.leads_again) == {0}
    assert note.lead > 0  # of the best that was tried


def test_off_and_a_shop_that_holds_nothing_out_change_nothing() -> None:
    shop = inputs(0)
    assert found(params(search="off"), shop) == (params(search="off"), None)
    nothing = csr_matrix((USERS, ITEMS), dtype=np.float32)
    bare = Inputs(shop.ids, shop.known, nothing, shop.vectors, "none", {})
    section = params(search="presets")
    assert found(section, bare) == (section, None)


def test_it_is_the_same_twice() -> None:
    section = params(search="quick")
    assert found(section, inputs(1)) == found(section, inputs(1))


def test_a_preset_that_grows_beyond_bounds_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wild = {"alpha": 1e6, "regularization": 0.0, "dislike_weight": 1e6}
    monkeypatch.setattr(als_presets, "PRESETS", {**PRESETS, "wild": wild})
    fitted = als_search.Fits.fitted

    def failing(self: Any, changes: dict, *more: Any, **named: Any) -> Any:
        return None if changes == wild else fitted(self, changes, *more, **named)

    monkeypatch.setattr(als_search.Fits, "fitted", failing)
    _, note = found(params(search="presets"), inputs(0))
    assert {one.name for one in note.settings} == {PRIOR, *PRESETS} - {"texts"}
