"""The table names all peers and ours; settings are chosen by the fold, never by the test."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.models import compare
from bench.models.new_places import Shop
from bench.models.peers import PEERS, Peer, Range, Setting
from bench.models.prepared import Prepared
from recsys.dataset.interactions import Interactions
from recsys.ranking.top_k import Scorer
from tests.bench.models.tables import rows_of

OURS = ["als, factors alone", "als", "bpr, factors alone", "bpr"]
SHORT = {"iterations": Range(5, 10, 5, 10, whole=True)}


def test_the_table_names_all_peers_and_ours(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "SEEDS", (42, 43))
    bpr = PEERS["implicit BPR"]
    short = bpr._replace(ranges=bpr.ranges | SHORT)
    monkeypatch.setitem(PEERS, "implicit BPR", short)
    out = tmp_path / "out.md"
    kept = str(tmp_path / "kept")
    words = [str(raw), "--params", str(light), "--out", str(out), "--kept", kept]
    compare.main([*words, "--trials", "3"])
    text = out.read_text()
    assert text.startswith(compare.HEAD) and f"\n## {raw.name}\n" in text
    rows = rows_of(text)
    names = [row[0] for row in rows]
    assert names == [
        *("popularity", *OURS, "served, factors alone", *PEERS, "**served**")
    ]
    assert all(0 <= float(row[1]) <= 1 and 0 <= float(row[4]) <= 1 for row in rows)
    by_name = dict(zip(names, rows, strict=True))
    popularity, served = by_name["popularity"], by_name["**served**"]
    lead = float(popularity[6].split()[0])
    assert lead == pytest.approx(float(served[4]) - float(popularity[4]), abs=2e-4)
    assert served[3] == served[6] == ""
    for name in PEERS:
        trials, fits, setting = (by_name[name][at] for at in (7, 8, 10))
        assert 3 <= int(trials) <= 4
        assert int(fits) > int(trials) or name == "EASE"
        assert "on the edge" in setting or name == "EASE"
    low, high = (float(one) for one in by_name["als"][5].split(" to "))
    assert low <= float(by_name["als"][4]) <= high
    assert by_name["EASE"][5] == "no seed"
    assert 4 <= int(by_name["als"][8].split()[0]) <= 8


def one_of_two(shop: Prepared, test: csr_matrix) -> Peer:
    """A peer that ranks the fold's items first with a small value, those of `test` with a large."""

    def fit(
        known: Interactions, _vectors: np.ndarray, setting: Setting, _seed: int
    ) -> Scorer:
        wanted = shop.inputs.held_out if setting["a"] < 4 else test
        return lambda users: wanted[users].toarray()

    return Peer(fit, {"a": Range(1, 16, 0.5, 32)})


def test_the_test_fold_does_not_choose(shop: Prepared) -> None:
    peer = one_of_two(shop, shop.test)
    (row,) = compare.of_peer("one", peer, Shop("tiny", shop.inputs, shop.test), 12)
    assert float(row.setting.split()[1].strip(",;")) < 4
    assert row.mean()[:, compare.NDCG].mean() < 0.2

    by_test = replace(shop.inputs, held_out=shop.test)  # the planted fault
    (row,) = compare.of_peer("one", peer, Shop("tiny", by_test, shop.test), 12)
    assert float(row.setting.split()[1].strip(",;")) >= 4
    assert row.mean()[:, compare.NDCG].mean() > 0.9


def test_a_fit_that_grows_beyond_bounds_counts_as_the_worst(shop: Prepared) -> None:
    def fit(*_: object) -> Scorer:
        raise ValueError("NaN encountered in factors")

    judge = compare.judge_of(Peer(fit, {}), shop.inputs)
    assert judge({}, 42) == -np.inf


def test_the_table_of_a_shop_takes_the_place_of_its_older_one() -> None:
    first, second = "## a\n\n| 1 |\n", "## b\n\n| 2 |\n"
    text = compare.with_section(compare.with_section("# All\n", first), second)
    assert text == "# All\n\n## a\n\n| 1 |\n\n## b\n\n| 2 |\n"
    again = compare.with_section(text, "## a\n\n| 3 |\n")
    assert again == text.replace("1", "3")
