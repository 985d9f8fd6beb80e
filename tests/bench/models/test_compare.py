"""The table of models names all peers and ours."""

from pathlib import Path

import pytest

from bench.models import compare
from bench.models.peers import PEERS, Peer
from bench.models.prepared import Prepared
from tests.bench.models.tables import rows_of


def test_models_names_all_peers_and_ours(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers = {
        name: Peer(peer.fit, {key: choices[:1] for key, choices in peer.grid.items()})
        for name, peer in PEERS.items()
    }
    monkeypatch.setattr(compare, "PEERS", peers)
    compare.main([str(raw), "--params", str(light), "--out", str(tmp_path / "out.md")])
    rows = rows_of((tmp_path / "out.md").read_text())
    ours = ["als_factors", "als", "bpr_factors", "bpr"]
    names = [row[0] for row in rows]
    of_blend = ["blend_factors", "blend"] if "blend" in names else []
    assert names == ["popularity", "content", *peers, *ours, *of_blend]
    assert all(0 <= float(row[1]) <= 1 and 0 <= float(row[3]) <= 1 for row in rows)
    popularity, content = rows[0], rows[1]
    gain = float(content[4].split()[0])
    assert gain == pytest.approx(float(content[3]) - float(popularity[3]), abs=2e-4)


def test_the_best_setting_is_chosen_by_the_validation_fold(shop: Prepared) -> None:
    good = PEERS["EASE"].fit

    def bad_above_one(known, vectors, setting):
        score = good(known, vectors, {"regularization": 10.0})
        return score if setting["sign"] == 1 else lambda users: -score(users)

    assert compare.best_setting(Peer(bad_above_one, {"sign": [-1, 1]}), shop) == {
        "sign": 1
    }
