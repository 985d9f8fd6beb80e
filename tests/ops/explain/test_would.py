"""What a job would do now."""

from pathlib import Path

import pytest

from ops.deploy import verdicts
from ops.explain import would
from ops.explain.dvc_state import Changes
from ops.explain.would import Act, World
from ops.pipeline.graph import Graph, Stage
from recsys.intake.drop_log import Entry, note
from tests.ops.conftest import Shop
from tests.ops.explain.rows import CLOCK, NOW
from tests.ops.explain.worlds import deploy, put

GRAPH = Graph((Stage("merge", (), ("m",)), Stage("process", ("m",), ("p",))))


def world(root: Path, by_stage: dict[str, list[str]] | None = None) -> World:
    made = World(root, root / "state", root / "mlruns", CLOCK)
    vars(made)["changes"] = Changes(GRAPH, by_stage or {})  # what DVC has said
    return made


def test_a_refresh_that_finds_nothing_new_does_nothing(tmp_path: Path) -> None:
    assert would.do("refresh", world(tmp_path)) == Act(
        "nothing new: no stage would run", is_nothing=True
    )


def test_a_refresh_takes_drops_in(tmp_path: Path) -> None:
    (tmp_path / "data" / "staging").mkdir(parents=True)
    (tmp_path / "data" / "staging" / "new.csv").write_text("x\n")
    act = would.do("refresh", world(tmp_path, {"merge": ["data/staging changed"]}))
    assert act == Act(
        "takes in 1 drop; would run merge (data/staging changed); "
        "then process, if its result differs"
    )


def test_a_refresh_looks_at_tables_of_the_database(tmp_path: Path) -> None:
    batches = tmp_path / "data" / "batches"
    batches.mkdir(parents=True)
    note(
        batches,
        Entry(
            NOW.isoformat(), "sql-a-0123abcd-000001_start_9.csv", 1, 1, "", "", "sealed"
        ),
    )
    act = would.do("refresh", world(tmp_path))
    assert act == Act("takes the new rows of 1 table; nothing new: no stage would run")


def test_what_is_not_known_is_not_nothing(tmp_path: Path) -> None:
    blind = world(tmp_path)
    vars(blind)["changes"] = Changes(GRAPH, unknown="a repro runs")
    assert would.do("refresh", blind) == Act("not known now: a repro runs")


def test_deploy_without_anything_in_staging(tmp_path: Path) -> None:
    act = would.do("deploy", world(tmp_path))
    assert act == Act("nothing new: no model waits in Staging", is_nothing=True)


def test_deploy_asks_the_gate_about_what_was_not_judged(shop: Shop) -> None:
    shop.stage("als-000000000001")
    act = would.do("deploy", world(shop.mlruns.parent))
    assert act == Act(
        "asks the gate about als-000000000001 (version 1), which was not judged yet"
    )


def test_deploy_mends_though_nothing_waits(shop: Shop) -> None:
    shop.put("als-000000000001")
    act = would.do("deploy", world(shop.mlruns.parent))
    assert act.sentence.startswith(
        "no model waits in Staging, but releases/current is missing"
    )
    (shop.mlruns.parent / "releases/als-000000000001").mkdir(parents=True)
    (shop.mlruns.parent / "releases/current").write_text("als-000000000001\n")
    assert would.do("deploy", world(shop.mlruns.parent)).is_nothing
    deploy(shop, "als-000000000002", "started")
    act = would.do("deploy", world(shop.mlruns.parent))
    assert "the promote of als-000000000002 was interrupted" in act.sentence
    assert not act.is_nothing


@pytest.mark.parametrize(
    ("decision", "is_nothing"), [("HOLD", True), ("REJECT", True), ("PROMOTE", False)]
)
def test_deploy_of_what_was_judged(shop: Shop, decision: str, is_nothing: bool) -> None:
    shop.stage("als-000000000001")
    verdict = {"decision": decision, "reasons": ["so it is"]}
    verdicts.append(shop.db, "als-000000000001", verdict, NOW)
    act = would.do("deploy", world(shop.mlruns.parent))
    assert act.is_nothing is is_nothing
    assert "als-000000000001 (version 1)" in act.sentence
    assert act.sentence.endswith(": so it is")
    assert act.sentence.startswith("nothing moves: the gate ") is is_nothing


def test_court_hears_what_came_after_the_promotion(tmp_path: Path) -> None:
    assert would.do("court", world(tmp_path)).is_nothing
    put(tmp_path / "state", "als-1", NOW)
    act = would.do("court", world(tmp_path))
    assert act == Act("hears what was bought since 2026-11-23 11:00")
