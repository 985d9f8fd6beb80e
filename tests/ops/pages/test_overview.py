"""The page of the shop: what it says, that it is alone, readable and safe to open."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.alerts import outbox
from ops.deploy import verdicts
from ops.pages import overview, seen
from ops.pages.measured import Evaluated
from ops.pages.seen import Found, Seen
from recsys.statistics.bootstrap import MeanInterval
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived
from tests.pages import HOSTILE, check_alone, check_harmless, check_readable, words

LINKS = {"gate.html": "The last verdict of the gate"}
VERDICT = {"decision": "HOLD", "reasons": ["not shown to be better", "more"]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = lived(tmp_path)
    shutil.copytree(ROOT / "metrics", root / "metrics")
    outbox.ill(root / "state", "disk", "critical", "1 GB free", NOW)
    verdicts.append(root / "state/runner.db", "als-1", VERDICT, NOW)
    return root


def look(root: Path) -> Seen:
    found = seen.look(root, root / "params.yaml", NOW)
    value = MeanInterval(0.5, 0.45, 0.55)
    points = [Evaluated(NOW, "recall_at_10", "als", value, MeanInterval(0.2, 0.1, 0.3))]
    return replace(found, evaluations=Found(points))


def page(found: Seen) -> str:
    return overview.page(found, NOW, LINKS)


def test_it_says_how_the_shop_is(root: Path) -> None:
    told = words(page(look(root)))
    for sentence in (
        "1 thing needs a look. The runner is not up. Live is als-1 since 2026-11-22 11:00.",
        "As of 2026-11-23 11:00 , Asia/Ho_Chi_Minh.",
        "The last verdict of the gate",
        "disk critical 2026-11-23 11:00 1 GB free",
        "als-1 (version 1) is in production since 2026-11-22 11:00, for 24 h.",
        "promoted by ann@shop: 2 workers",
        "gate: PROMOTE, good",
        "The runner is not up: no job runs by itself.",
        "refresh daily at 02:00 2026-11-23 02:00 ok 2026-11-24 02:00",
        "2026-11-23 11:00 recall_at_10 als 0.500 (0.450 to 0.550) 0.200 (0.100 to 0.300)",
        "2026-11-23 11:00 HOLD als-1 not shown to be better",
        "6,835 interactions read = 6,811 accepted + 3 duplicates + 21 refused.",
        "rating_range 6",
        "verdict too little data",
        "stars too little data: no window is over yet",
        "free of",
    ):
        assert sentence in told, sentence


def test_it_is_alone_and_readable(root: Path) -> None:
    html = page(look(root))
    check_alone(html, "gate.html")
    check_readable(html, plots=1)


def test_a_page_with_holes_is_a_page(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("runner: 7\n")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/alerts.db").write_bytes(b"x" * 4096)
    found = seen.look(tmp_path, tmp_path / "params.yaml", NOW)
    html = overview.page(found, NOW, {})
    check_alone(html)
    check_readable(html, plots=0)
    told = words(html)
    assert "Not known: the runner's state:" in told
    assert "Not known: what was alerted:" in told
    assert "UTC" in told and "No model is live yet." in told


def test_what_comes_from_outside_is_text(root: Path) -> None:
    outbox.ill(root / "state", "health.data", "warning", HOSTILE, NOW)
    found = look(root)
    assert found.merged.value
    merged = found.merged.value
    long = f"{HOSTILE}{'x' * 10_000}"
    merged["files"] |= {long: merged["files"]["data_product.csv"]}
    merged["blocked"] = {HOSTILE: HOSTILE}
    html = page(found)
    check_harmless(html)
    check_readable(html, plots=1)
    assert "x" * 301 not in html


def test_odd_data_is_said(root: Path) -> None:
    found = look(root)
    odd = [seen.Odd("one_text", 0.9, 0.05)]
    assert "one text 90.00 % 5 % odd" in words(page(replace(found, odd=Found(odd))))
