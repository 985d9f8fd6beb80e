"""The trial shop sees a crash and a hang."""

import os

import pytest

from bench.damage.trial_shop import RAW_FILES, Hang, TrialShop, time_limit
from tests.bench.damage.judged import HEADER, TIME


def test_a_crash_and_a_hang_are_seen(shop, monkeypatch):
    def fail(error: BaseException) -> str:
        monkeypatch.setattr(
            "stages.merge.main", lambda *_, **__: (_ for _ in ()).throw(error)
        )
        return shop.judge(b"").outcome

    assert fail(ValueError("bug")) == "crash"
    monkeypatch.setattr("bench.damage.trial_shop.LIMIT_S", 0.05)
    monkeypatch.setattr("stages.merge.main", lambda *_, **__: os.read(os.pipe()[0], 1))
    assert shop.judge(b"").outcome == "hang"


def test_time_limit_ends_the_block_and_is_lifted_after_it():
    with pytest.raises(Hang), time_limit(0.01):
        os.read(os.pipe()[0], 1)
    with time_limit(0.01):
        pass
    assert sum(range(10**6)) > 0  # nothing rings any more


def test_a_drop_is_merged_beside_sound_raw_files(shop: TrialShop):
    verdict = shop.judge(f"{HEADER}a,p1,5,,{TIME}\nb,p1,9,,{TIME}\n".encode())
    assert [row["user_id"] for row in verdict.accepted] == ["a"]
    assert verdict.reasons() == {"rating_range": 1}
    assert shop.judge(b"no,header\n").outcome == "refused"


def test_the_raw_files_are_those_of_the_contract():
    assert set(RAW_FILES) == {
        "data_reviews_purchase.csv",
        "data_product.csv",
        "data_product_attribute.csv",
    }
