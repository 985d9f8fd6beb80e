"""Services that behave badly, each before a promotion, a rollback and a health check.

The verdict is right; nothing moves unless the service is down for sure, or serves what it should;
and it ends in time.
"""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.deploy import deployment_log, production, promote, releases, rollback
from ops.deploy.releases import Places
from ops.deploy.service_client import Service
from ops.health import service as health
from recsys.program.errors import ServiceError
from recsys.registry import versions
from recsys.serving import release
from recsys.serving.recommender import Recommender
from tests.ops.conftest import Shop
from tests.ops.deploy import scripted
from tests.ops.deploy.flaws import BAD
from tests.ops.deploy.scripted import (
    Flaw,
    Request,
    Script,
    served,
)
from tests.ops.health.worlds import check_service, subject
from tests.recsys.serving import worlds
from tests.worlds import copy_store

MODELS: list[dict[str, float]] = [{}, {"popularity": 9.0}]
TIMEOUT_S, DEADLINE_S = 0.3, 6.0


@dataclass
class Scene:
    """A shop in which `served` is in production and `waits` for it, with releases of both."""

    shop: Shop
    places: Places
    served: str
    waits: str

    def script(self, flaw: Flaw) -> Script:
        known = {
            model_id: Recommender(release.load(self.places.releases, model_id))
            for model_id in (self.served, self.waits)
        }
        return Script(known, self.served, flaw)

    def script_of_both(self, elsewhere: Path) -> Script:
        """A script that knows both models, whatever is published here."""
        known = [worlds.recommender(elsewhere / "copy", **more) for more in MODELS]
        by_id = {one.model_id: one for one in known}
        return Script(by_id, self.served)

    def site(self, service: Service):
        return replace(self.shop.site(service), places=self.places)

    def now(self) -> tuple:
        """What must not move."""
        pointer = (self.places.releases / "current").read_text().strip()
        return self.shop.champion(), pointer, self.shop.stages()


def made(factory: pytest.TempPathFactory, folder: Path, action: str) -> Scene:
    mlruns = copy_store(factory, folder)
    shop = Shop(mlruns, folder / "state/runner.db")
    places = Places(folder)
    first = worlds.save_model(mlruns / "artifacts/r1/artifacts/model")
    second = worlds.save_model(folder / "models/als", popularity=9.0)
    worlds.sources(folder)
    shutil.copy(ROOT / "params.yaml", folder)
    for model_id in (first, second):
        shop.stage(model_id)
        if model_id == first or action == "rollback":
            promote.promote(replace(shop.site(), places=places))
    releases.publish(places, second)
    if action == "rollback":
        return Scene(shop, places, second, first)
    return Scene(shop, places, first, second)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scene]:
    return {
        action: made(tmp_path_factory, tmp_path_factory.mktemp(action), action)
        for action in ("promote", "rollback")
    }


ACTIONS = {"promote": promote.promote, "rollback": rollback.roll_back}


@pytest.fixture
def quick() -> Iterator[None]:
    """What follows ends within the deadline."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < DEADLINE_S


def client(script: Script) -> Service:
    return Service(script.url, TIMEOUT_S, "a-token-of-the-tests", 4.0)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", BAD)
def test_nothing_moves(
    scenes: dict[str, Scene], quick: None, action: str, name: str
) -> None:
    scene, before = scenes[action], scenes[action].now()
    unchanged = pytest.raises(ServiceError, match="The registry is unchanged")
    with served(scene.script(BAD[name][0])) as script, unchanged as caught:
        ACTIONS[action](scene.site(client(script)))
    assert scene.now() == before
    assert scene.shop.outcomes()[-1] == (action, scene.waits, "failed")
    assert "a-token-of-the-tests" not in str(caught.value)
    if BAD[name][1] == "unclear":  # it was told nothing
        assert script.reloads == 0 and "unclear whether" in str(caught.value)


@pytest.mark.parametrize("name", BAD)
def test_a_look_is_right_and_tells_nothing(
    scenes: dict[str, Scene], quick: None, name: str
) -> None:
    scene = scenes["promote"]
    before = len(deployment_log.rows(scene.shop.db))
    with served(scene.script(BAD[name][0])) as script:
        found = check_service(
            client(script), scene.places.root, scene.shop.db.parent, datetime.now(UTC)
        )
    level = "ok" if BAD[name][1] == "ok" else "critical"
    assert found.level == level, found
    if level == "critical":
        assert found.value == BAD[name][1] and found.next_step
    assert script.reloads == 0
    assert len(deployment_log.rows(scene.shop.db)) == before


def test_a_look_asks_for_the_lists_and_sees_what_is_wrong_with_them(
    scenes: dict[str, Scene],
) -> None:
    scene = scenes["promote"]

    def looked(flaw: Flaw) -> dict[str, str]:
        with served(scene.script(flaw)) as script:
            found = health.look(
                subject(
                    scene.places.root,
                    datetime.now(UTC),
                    state=scene.shop.db.parent,
                    service=client(script),
                )
            )
        return {check.name: check.level for check in found}

    def no_list(_: Script, request: Request) -> bool:
        is_list = request.path.startswith("/recommend/")
        if is_list:
            body = {"model_id": scene.served, "items": [{"product_id": "p1"}]}
            request.reply(200, json.dumps(body).encode())
        return is_list

    assert looked(lambda *_: False) == {
        "service": "ok",
        "golden": "ok",
        "latency": "ok",
    }
    assert looked(no_list) == {"service": "ok", "golden": "critical", "latency": "ok"}


@pytest.mark.parametrize("action", ACTIONS)
def test_the_former_serves_again_where_that_can_be(
    scenes: dict[str, Scene], action: str
) -> None:
    """A service that cannot show the lists of the new model is sent back, and that is verified."""
    scene = scenes[action]

    def flaw(script: Script, request: Request) -> bool:
        sick = script.serving == scene.waits and request.path.startswith("/recommend/")
        if sick:
            request.reply(500, b"{}")
        return sick

    again = pytest.raises(ServiceError, match=rf"{scene.served} is serving again \(")
    with served(scene.script(flaw)) as script, again:
        ACTIONS[action](scene.site(client(script)))
    assert script.serving == scene.served
    last = production.deployments(deployment_log.rows(scene.shop.db))[-1]
    assert "golden lists" in last.detail and "is serving again" in last.detail


# ---- what moves the registry ----
@pytest.mark.parametrize("action", ACTIONS)
def test_a_service_without_flaw_is_verified(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, action: str
) -> None:
    scene = made(tmp_path_factory, tmp_path, action)
    with served(scene.script(lambda *_: False)) as script:
        ACTIONS[action](scene.site(client(script)))
        assert scene.now()[:2] == (scene.waits, scene.waits)
        assert script.serving == scene.waits
        assert scene.shop.outcomes()[-1] == (action, scene.waits, "verified")
        state, now = scene.shop.db.parent, datetime.now(UTC)
        fine = check_service(client(script), scene.places.root, state, now)
        assert fine.level == "ok", fine
        script.serving = scene.served  # later it falls back
        fallen = check_service(client(script), scene.places.root, state, now)
        assert (fallen.level, fallen.exit_code) == ("critical", 7)
        assert f"serves {scene.served}, but {scene.waits} is in" in fallen.next_step
        promote.promote(scene.site(client(script)))
        assert script.serving == scene.waits


@pytest.mark.parametrize(
    ("action", "url"),
    [("promote", "http://no-such-host.invalid"), ("rollback", "http://127.0.0.1:9")],
)
def test_a_service_that_is_down_gets_it_later(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, action: str, url: str
) -> None:
    scene = made(tmp_path_factory, tmp_path, action)
    gone = Service(url, TIMEOUT_S)
    ACTIONS[action](scene.site(gone))
    assert scene.now()[:2] == (scene.waits, scene.waits)
    assert scene.shop.outcomes()[-1] == (action, scene.waits, "pending")
    root, state = scene.places.root, scene.shop.db.parent
    now = datetime.now(UTC)
    assert check_service(gone, root, state, now).value == "down"
    with served(scene.script(lambda *_: False)) as script:
        wrong = check_service(client(script), root, state, now)
        assert (wrong.level, scene.shop.outcomes()[-1][2]) == ("critical", "pending")
        script.serving = scene.waits  # it was started anew, by releases/current
        assert check_service(client(script), root, state, now).level == "ok"
        assert scene.shop.outcomes()[-1][2] == "verified"
        assert script.reloads == 0
    rows = deployment_log.rows(scene.shop.db)
    assert (rows[-1].action, rows[-1].who) == ("confirm", "health check")
    assert "golden lists" in rows[-1].detail


# ---- kill -9 at every step, with releases and a service ----
@pytest.mark.parametrize("action", ACTIONS)
def test_after_a_kill_the_next_run_brings_all_in_step_or_says_what_is_not(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, kill_points, action: str
) -> None:
    scene = made(tmp_path_factory, tmp_path, action)
    if action == "promote":  # it is to be published on the way
        shutil.rmtree(scene.places.releases / scene.waits)
    known = scene.script_of_both(tmp_path)
    with served(known) as script:
        service, steps = client(script), 0

        def reset() -> None:
            script.serving = scene.served

        for victim in kill_points(scene.shop, action, service, reset):
            places, steps = Places(victim.mlruns.parent), steps + 1
            state, now = victim.db.parent, datetime.now(UTC)
            deployments = production.deployments(deployment_log.rows(victim.db))
            found = check_service(service, places.root, state, now)
            champion = versions.champion(victim.client)
            assert champion
            in_step = script.serving == champion.model_id == pointed(places)
            said = found.level == "critical" or deployments[-1].status == "started"
            assert in_step or said, (steps, found)
            ACTIONS[action](replace(victim.site(service), places=places))
            assert victim.champion() == pointed(places) == script.serving == scene.waits
            assert victim.outcomes()[-1] == (action, scene.waits, "verified")
            after = check_service(service, places.root, state, now)
            assert after.level == "ok", after
        assert steps >= 7


def pointed(places: Places) -> str | None:
    return releases.current(places)


def test_there_are_25_of_them() -> None:
    assert len(BAD) >= 25 and scripted.HOLD_S > TIMEOUT_S
