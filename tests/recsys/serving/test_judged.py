"""Releases are judged by the same users and items, as if each knew today's history."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions, one_positive
from recsys.dataset.sparse import rows_kept
from recsys.files.tables import write_table
from recsys.models import model_folder
from recsys.models.factors import Factors
from recsys.models.fold_in import LeastSquares
from recsys.publishing import contents
from recsys.publishing.contents import Sources
from recsys.ranking import baselines, hybrid
from recsys.ranking.metrics import evaluate, metrics_at
from recsys.serving import newcomers, release
from recsys.serving.judged import judge
from recsys.serving.release import Release
from recsys.serving.rivals import Today
from tests.recsys.als.worlds import params
from tests.worlds import (
    Shop,
    last_is_latest,
    one_blas_thread,
    parity_vectors,
    write_embeddings,
)

USERS, ITEMS, K = 40, 12, 3
RULE = LeastSquares(5.0, 0.1, 0.0, 1.0)
WEIGHTS = {"content": 0.5, "popularity": 0.25, "neighbours": 0.0}
USER_IDS = [f"u{user}" for user in range(USERS)]
ITEM_IDS = [f"p{item}" for item in range(ITEMS)]


def history(seed: int = 0) -> tuple[csr_matrix, csr_matrix]:
    """Three positives of each user among the items of their parity, and another one, the test."""
    rng = np.random.default_rng(seed)
    liked, test = np.zeros((2, USERS, ITEMS), np.float32)
    for user in range(USERS):
        items = rng.permutation(np.arange(user % 2, ITEMS, 2))[:4]
        liked[user, items[:3]], test[user, items[3]] = 1, 1
    return csr_matrix(liked), csr_matrix(test)


def today(liked: csr_matrix, test: csr_matrix) -> Today:
    none = csr_matrix(liked.shape, dtype=np.float32)
    known = Interactions((5 * liked).tocsr(), liked, none, last_is_latest(liked))
    return Today(Ids(USER_IDS, ITEM_IDS), known, test, none)


def released(
    folder: Path,
    liked: csr_matrix,
    seed: int = 1,
    items: int = ITEMS,
    test: csr_matrix | None = None,
    section: dict[str, Any] | None = None,
    trained: int = USERS,
) -> Release:
    """What a model that was trained on these positives is, with the first of the items, and of the
    users, only; a release of it knows the `test` as well, and is fitted again by the `section`.
    """
    rows = np.random.default_rng(seed).normal(size=(items, 4)).astype(np.float32)
    known = liked[:, :items].tocsr()
    of_users = RULE(rows, 5 * known[:trained], 0 * known[:trained])
    factors = Factors(USER_IDS[:trained], ITEM_IDS[:items], of_users, rows, RULE)
    name = folder / f"model {seed}"
    given = section or {"hybrid": WEIGHTS}
    model_folder.save(factors, [], "als", given, {}, name)
    sources = Sources.under(folder / "data", 4.0)
    write_table(events_of(known, test), sources.events)
    texts = {"product_name": "Kem", "brand": "Rosa", "type": "cream"}
    products = pl.DataFrame({"product_id": ITEM_IDS[:items]}).with_columns(
        **{column: pl.lit(text) for column, text in texts.items()}
    )
    write_table(products, sources.products)
    write_embeddings(Shop(folder), parity_vectors(items))
    return release.in_memory(*contents.contents(model_folder.load(name), sources))


def events_of(known: csr_matrix, test: csr_matrix | None) -> pl.DataFrame:
    """The table of these positives, and of the test, which is later than all of them."""
    cells = known.tocoo()
    events = pl.DataFrame(
        {
            "user_id": [USER_IDS[user] for user in cells.row],
            "product_id": [ITEM_IDS[item] for item in cells.col],
            "rating": 5.0,
            "confidence": pl.Series([5.0] * known.nnz, dtype=pl.Float32),
            "part": "train",
            "day": cells.col.astype(np.int64),  # the last item is the latest one
        }
    )
    if test is not None:
        held = test.tocoo()
        late = events[: held.nnz].with_columns(
            part=pl.lit("test"),
            user_id=pl.Series([USER_IDS[user] for user in held.row]),
            product_id=pl.Series([ITEM_IDS[item] for item in held.col]),
            day=pl.lit(ITEMS, pl.Int64),
        )
        events = pl.concat([events, late])
    day = pl.datetime(2024, 1, 1) + pl.duration(days=pl.col("day"))
    return events.with_columns(timestamp=day).drop("day")


def test_a_release_of_today_s_history_is_what_evaluate_says_of_its_model(
    tmp_path: Path,
) -> None:
    liked, test = history()
    one, other = released(tmp_path, liked), released(tmp_path, liked, seed=2)
    found = judge([one, other], today(liked, test), K, cold_threshold=1)
    rows, items = one.arrays["user_factors"], one.arrays["item_factors"]
    score = hybrid.scorer(
        *(lambda users: rows[users] @ items.T, liked),
        *(one.arrays["content"], one.weights),
    )
    per_user, coverage = evaluate(score, liked, test, [K])
    figures = found.figures[one.model_id]
    assert {name: values.tolist() for name, values in figures.per_user.items()} == {
        name: values.tolist() for name, values in per_user.items()
    }
    assert figures.coverage == coverage[f"coverage_at_{K}"]
    assert (figures.folded, found.users) == (0, USERS)
    assert found.unknown_item == found.trained_on == 0
    for metric, mean in figures.as_it_is.items():
        assert mean == pytest.approx(per_user[metric].mean(), abs=1e-6)
    by_popularity, _ = evaluate(baselines.popularity(liked), liked, test, [K])
    ndcg = f"ndcg_at_{K}"
    assert found.popularity[ndcg].tolist() == by_popularity[ndcg].tolist()
    assert (
        figures.per_user[ndcg].tolist()
        != found.figures[other.model_id].per_user[ndcg].tolist()
    )


@pytest.mark.parametrize("is_fitted_again", [False, True])
def test_the_test_is_not_known_to_who_is_judged_by_it(
    is_fitted_again: bool, tmp_path: Path
) -> None:
    """Though it is served by; a quarter of the users were not trained on, and are folded in."""
    liked, test = history()
    model: dict[str, Any] = {}
    if is_fitted_again:
        hybrid_weights = {**WEIGHTS, "neighbours": 1.0}
        section = params(hybrid=hybrid_weights).model_dump()
        model = {"section": section, "trained": USERS * 3 // 4}
    trained = np.arange(USERS) < model.get("trained", USERS)
    held = rows_kept(test, trained)
    with one_blas_thread():
        told = released(tmp_path / "told", liked, test=held, **model)
        untold = released(tmp_path / "untold", liked, **model)
    own = told.arrays["trained_factors"]
    assert not np.array_equal(told.arrays["user_factors"][: len(own)], own)
    is_other = (told.arrays["item_factors"] != told.arrays["trained_items"]).any()
    assert is_other == is_fitted_again
    found = [
        judge([one], today(liked, test), K, cold_threshold=1) for one in (told, untold)
    ]
    assert found[0].users == found[1].users == USERS
    of_told, of_untold = (
        judged.figures[one.model_id]
        for judged, one in zip(found, (told, untold), strict=True)
    )
    assert of_told.as_it_is == pytest.approx(of_untold.as_it_is, abs=1e-6)
    assert of_told.folded == of_untold.folded == (~trained).sum()
    assert of_told.coverage == of_untold.coverage
    for metric, values in of_untold.per_user.items():
        assert of_told.per_user[metric].tolist() == values.tolist()
    assert of_told.newcomer_recall.tolist() == of_untold.newcomer_recall.tolist()


def test_who_has_bought_since_is_folded_in(tmp_path: Path) -> None:
    """So a release of yesterday is as good as the same model trained today."""
    liked, test = history()
    before = liked.tolil()
    for user in range(0, USERS, 4):
        before[user, liked[user].indices[0]] = 0
    old, new = (
        released(tmp_path / name, what.tocsr())
        for name, what in (("old", before), ("new", liked))
    )
    assert old.model_id != new.model_id
    found = judge([old, new], today(liked, test), K, cold_threshold=1)
    of_old, of_new = found.figures[old.model_id], found.figures[new.model_id]
    assert (of_old.folded, of_new.folded) == (USERS / 4, 0)
    for metric, values in of_old.per_user.items():
        assert values.tolist() == of_new.per_user[metric].tolist()
    assert of_old.newcomer_recall.tolist() == of_new.newcomer_recall.tolist()
    assert of_old.as_it_is != of_new.as_it_is  # it does not know what they bought since


def test_newcomers_are_judged_as_evaluate_does_it(tmp_path: Path) -> None:
    """What they have bought but is not known of them stands in their lists."""
    liked, test = history()
    one, day = released(tmp_path, liked), today(liked, test)
    known, none = one_positive(day.known, day.latest), csr_matrix(liked.shape)
    rows, content = one.arrays["item_factors"], one.arrays["content"]
    score = newcomers.scorer(
        *(Factors([], ITEM_IDS, rows[:0], rows, RULE), known, none),
        *(hybrid.beside(liked, content, one.weights), one.weights, np.arange(USERS)),
    )
    wanted, other = (
        metrics_at(score, left_out, test, [K]) for left_out in (known, liked)
    )
    found = judge([one], day, K, cold_threshold=1).figures[one.model_id].newcomer_recall
    assert found.tolist() == wanted[f"recall_at_{K}"].tolist()
    assert found.tolist() != other[f"recall_at_{K}"].tolist()


def test_users_whose_item_a_release_does_not_know_are_left_out(tmp_path: Path) -> None:
    liked, test = history()
    old = released(tmp_path / "old", liked, items=9)
    new = released(tmp_path / "new", liked, seed=2)
    found = judge([new, old], today(liked, test), K, cold_threshold=1)
    unknown = int(test[:, 9:].nnz)
    assert 0 < unknown == found.unknown_item
    assert found.users == USERS - unknown
    assert found.trained_on == 0


def test_users_whose_purchase_a_release_was_trained_on_are_left_out(
    tmp_path: Path,
) -> None:
    liked, test = history()
    told = liked.tolil()
    for user in range(5):
        told[user, test[user].indices[0]] = 1
    cheat = released(tmp_path / "cheat", told.tocsr())
    honest = released(tmp_path / "honest", liked, seed=2)
    found = judge([honest, cheat], today(liked, test), K, cold_threshold=1)
    assert (found.trained_on, found.users) == (5, USERS - 5)


def test_users_whose_purchase_a_warm_start_has_learned_from_are_left_out(
    tmp_path: Path,
) -> None:
    liked, test = history()
    learned = csr_matrix(test.multiply(np.arange(USERS)[:, None] < 7))
    one = released(tmp_path, liked)
    found = judge([one], today(liked, test), K, 1, [learned, liked])
    assert (found.trained_on, found.users) == (7, USERS - 7)


def test_cold_items_and_the_tail(tmp_path: Path) -> None:
    liked, test = history()
    counts = np.asarray(liked.sum(axis=0))[0][test.indices]
    found = judge([released(tmp_path, liked)], today(liked, test), K, cold_threshold=9)
    assert found.is_cold.tolist() == (counts < 9).tolist()
    assert found.is_tail.tolist() == (counts <= np.median(counts)).tolist()
    assert 0 < found.is_tail.sum() < USERS


def test_nobody_to_judge_by(tmp_path: Path) -> None:
    liked, test = history()
    nothing = csr_matrix(test.shape, dtype=np.float32)
    found = judge([released(tmp_path, liked)], today(liked, nothing), K, 1)
    assert (found.users, len(found.is_cold)) == (0, 0)
    (figures,) = found.figures.values()
    assert figures.as_it_is[f"ndcg_at_{K}"] == 0


def test_lists_are_judged_with_the_places_that_are_kept_for_new_items(
    tmp_path: Path,
) -> None:
    liked, test = history()
    nobody_s = liked.tolil()
    nobody_s[:, 7] = 0
    known = nobody_s.tocsr()
    known.eliminate_zeros()
    plain = released(tmp_path, known)
    about = plain.about.model_copy(
        update={"new_item_places": 9, "model_id": "als-kept"}
    )
    kept = Release(plain.folder, about, plain.arrays)
    found = judge([plain, kept], today(known, test), 10, cold_threshold=1)
    wants_it = test.toarray().argmax(axis=1) == 7
    recall = {
        name: figures.per_user["recall_at_10"][wants_it].sum()
        for name, figures in found.figures.items()
    }
    assert recall[plain.model_id] <= recall["als-kept"] == wants_it.sum() > 0
