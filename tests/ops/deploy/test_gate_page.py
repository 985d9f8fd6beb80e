"""The page is written where figures were compared, by real releases of a small shop."""

from zoneinfo import ZoneInfo

import pytest

from ops.deploy import gate, gate_page, promote
from recsys.program.errors import GateError
from recsys.registry import versions
from tests.ops.deploy.tasters import Tasters
from tests.pages import words

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def tasters(shop):
    return Tasters(shop, ZONE)


def page_of(tasters):
    return words((tasters.folder / gate_page.PAGE).read_text(encoding="utf-8"))


def test_a_held_and_a_promoted_model_have_their_page(tasters, capsys):
    noise = tasters.train(1.0, seed=1)
    with pytest.raises(GateError):
        promote.promote(tasters.site())
    assert f"HOLD: {noise}" in page_of(tasters)
    assert "More of it: reports/gate.html" in capsys.readouterr().out
    first = tasters.train(0.3)
    promote.promote(tasters.site())
    assert f"PROMOTE: {first}" in page_of(tasters)
    better = tasters.train(0.0, recipe="r2")
    promote.promote(tasters.site())
    told = page_of(tasters)
    assert f"PROMOTE: {better}" in told and f"May it replace {first} ?" in told
    assert f"champion {first}: in production now" in told and "anchor" not in told


def test_the_anchor_is_shown_where_it_is_another_model(tasters):
    first = tasters.train(0.3)
    promote.promote(tasters.site())
    tasters.train(0.3, seed=3)
    promote.promote(tasters.site())
    tasters.train(0.3, seed=4)
    promote.promote(tasters.site())
    assert f"anchor {first}: the last one" in page_of(tasters)


def test_a_dry_run_writes_no_page_and_a_kept_verdict_leaves_the_page(tasters):
    tasters.train(0.3)
    promote.plan(tasters.site())
    assert not (tasters.folder / gate_page.PAGE).exists()
    promote.promote(tasters.site())
    before = (tasters.folder / gate_page.PAGE).read_bytes()
    champion = versions.champion(tasters.shop.client)
    found, seen = gate.judged(tasters.site(), champion, champion)
    assert found.kept and seen is None
    assert (tasters.folder / gate_page.PAGE).read_bytes() == before


def test_nobody_judged_no_page(tasters, tmp_path):
    tasters.train(0.3)
    challenger = versions.challenger(tasters.shop.client)
    found, seen = gate.judged(tasters.site(), challenger, None)
    nobody = type(seen)(**{**vars(seen), "users": 0})
    assert gate_page.write(tmp_path, found, nobody, "ndcg_at_10") is None
    assert not (tmp_path / gate_page.PAGE).exists()


@pytest.mark.parametrize("at", ["page", "verdict"])
def test_a_kill_leaves_no_verdict_without_its_page(tasters, monkeypatch, at):
    """Whether it comes before the page or before the verdict: the next run writes both."""

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    first = tasters.train(0.3)
    with monkeypatch.context() as patch:
        if at == "page":
            patch.setattr(gate_page, "write", killed)
        else:
            patch.setattr(gate, "keep", killed)
        with pytest.raises(Killed):
            promote.promote(tasters.site())
    promote.promote(tasters.site())
    assert f"PROMOTE: {first}" in page_of(tasters)
