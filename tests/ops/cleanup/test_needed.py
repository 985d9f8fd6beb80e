"""Everything that leads to a model keeps it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ops.cleanup import needed
from ops.deploy import deployment_log, hearings
from ops.deploy.hearings import Heard
from recsys.models.manifest import Manifest
from recsys.registry import versions
from recsys.serving import pointer
from recsys.statistics import court
from recsys.statistics.court import Hearing
from tests.ops.conftest import Shop

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IDS = [f"als-00000000000{number}" for number in range(9)]


def found(shop: Shop) -> set[str]:
    root = shop.mlruns.parent
    return needed.models(shop.client, root, root / "state", {}) - {""}


def test_nothing_leads_anywhere_in_a_new_project(shop: Shop) -> None:
    assert found(shop) == set()


def test_all_that_ran_and_both_sides_of_every_open_deployment(shop: Shop) -> None:
    shop.put(IDS[0], IDS[1])
    for before, after in ((2, 3), (4, 5)):
        intent = deployment_log.Intent(
            "promote", IDS[after], after, IDS[before], before, None
        )
        deployment_log.begin(shop.db, intent, NOW)
    assert found(shop) == set(IDS[:6])


def test_any_alias(shop: Shop) -> None:
    number = shop.register(IDS[7])
    assert found(shop) == set()
    shop.client.set_registered_model_alias(versions.MODEL, "of_mine", str(number))
    assert found(shop) == {IDS[7]}


def test_the_models_of_the_case_that_is_open(shop: Shop) -> None:
    one = Hearing(2026, IDS[1], IDS[0], np.full(30, 0.5), np.full(30, 0.25))
    case = court.opened("former", one)
    hearings.append(shop.db, Heard(NOW, NOW, {"former": case}))
    assert found(shop) == {IDS[0], IDS[1]}


def test_what_the_service_says_what_is_pointed_at_and_what_was_trained_last(
    shop: Shop,
) -> None:
    root = shop.mlruns.parent
    for name, content in (
        ("state/service/77.json", {"model_id": IDS[1], "more": 1}),
        ("state/service/reload-8000.json", {"model_id": IDS[2]}),
        ("state/service/78.json", ["torn"]),
        ("models/bpr/manifest.json", ["torn"]),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    (root / "state/service/79.json").write_text("{")
    (root / "releases").mkdir()
    pointer.switch(root / "releases", IDS[4])
    trained = Manifest(model_type="als", sha256={"factors.npz": "0"})
    trained.write(root / "models/als")
    others = {*IDS[1:3], trained.model_id}
    assert found(shop) == {*others, IDS[4]}
    (root / "releases/current").write_text("torn")
    assert found(shop) == others


@pytest.mark.parametrize(
    ("tree", "ids"),
    [
        ({}, []),
        ({"train_als": {"warm_start": "off"}, "train_bpr": None}, []),
        (
            {"train_als": {"warm_start": IDS[0]}, "train_bpr": {"warm_start": 0}},
            IDS[:1],
        ),
        ({"train_als": {"warm_start": False}, "train_bpr": {"warm_start": "b"}}, ["b"]),
    ],
)
def test_warm_starts(tree: dict[str, object], ids: list[str]) -> None:
    assert [each for each in needed.of_params(tree) if each != "0"] == ids


def test_reading_makes_nothing(tmp_path: Path) -> None:
    assert list(needed.of_the_court(tmp_path / "runner.db")) == []
    assert list(needed.of_the_service(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []
