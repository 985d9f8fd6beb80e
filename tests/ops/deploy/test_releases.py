"""Releases of what is deployed: there before the service is told, named by current when it serves,
and in step with the registry after a kill.
"""

import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.house.imports import ROOT
from ops import said
from ops.deploy import promote, releases, rollback
from ops.deploy.releases import Places
from ops.deploy.service_client import Service
from recsys.program.errors import ConfigError, DataError, GateError, ServiceError
from recsys.registry import store
from recsys.serving import pointer, release
from tests.recsys.serving import worlds
from tests.running_service import TOKEN, running
from tests.worlds import complains, snapshot


@pytest.fixture
def models(shop: Any) -> tuple[str, str]:
    """Two models with files, the second as the stages left it, neither staged."""
    folder = shop.mlruns.parent
    kept = shop.mlruns / "artifacts/r1/artifacts/model"
    first = worlds.save_model(kept)
    second = worlds.save_model(folder / "models/als", popularity=9.0)
    worlds.sources(folder)
    shutil.copy(ROOT / "params.yaml", folder)
    return first, second


@pytest.fixture
def places(shop: Any) -> Places:
    return Places(shop.mlruns.parent)


def put(shop: Any, places: Places, model_id: str, service: Any = None) -> None:
    shop.stage(model_id)
    promote.promote(replace(shop.site(service), places=places))


def test_promotion_publishes_and_points_and_rollback_points_back(
    shop: Any, places: Places, models: tuple[str, str]
) -> None:
    for model_id in models:
        put(shop, places, model_id)
        assert releases.current(places) == model_id
        release.load(places.releases, model_id)
    before = snapshot(places.releases / models[0])
    rollback.roll_back(replace(shop.site(), places=places))
    assert releases.current(places) == models[0] == shop.champion()
    assert snapshot(places.releases / models[0]) == before


def test_a_registered_model_is_released_as_it_was_registered(
    places: Places, models: tuple[str, str]
) -> None:
    """By hard links: neither data nor room is needed."""
    found = releases.made(places, models[0])
    held = places.mlruns / "artifacts/models/m-1/artifacts/artifacts"
    folder = release.keep(held, found)
    shutil.rmtree(places.data)
    assert releases.made(places, models[0]).folder == folder
    assert releases.publish(places, models[0])
    published = places.releases / models[0]
    assert snapshot(published) == snapshot(folder)
    assert all(
        path.stat().st_ino == (folder / path.name).stat().st_ino
        for path in published.iterdir()
    )


def test_the_real_service_serves_what_was_promoted(
    shop: Any, places: Places, models: tuple[str, str]
) -> None:
    places.releases.mkdir()
    with running(places.root) as started:
        service = Service(started.url, 20.0, TOKEN)
        for model_id in models:
            put(shop, places, model_id, service)
            assert started.get("/recommend/u0").json()["model_id"] == model_id
        rollback.roll_back(replace(shop.site(service), places=places))
        assert started.get("/model_info").json()["model_id"] == models[0]
    assert [status for *_, status in shop.outcomes()] == ["verified"] * 3


def test_a_release_that_cannot_be_made_moves_nothing(
    shop: Any, places: Places, models: tuple[str, str]
) -> None:
    put(shop, places, models[0])
    (places.data / "merged/products.parquet").write_bytes(b"torn")
    with complains(DataError, "products.parquet", "The registry is unchanged"):
        put(shop, places, models[1])
    assert shop.champion() == releases.current(places) == models[0]
    assert shop.outcomes()[-1] == ("promote", models[1], "failed")


def test_a_service_that_refuses_keeps_the_pointer_where_it_was(
    shop: Any, places: Places, models: tuple[str, str], fake: Any
) -> None:
    state, service = fake
    put(shop, places, models[0])
    state.serving = models[0]
    state.refused.add(models[1])
    with complains(ServiceError, "The registry is unchanged"):
        put(shop, places, models[1], service)
    assert shop.champion() == releases.current(places) == models[0]
    assert state.serving == models[0]


def test_what_is_in_production_already_is_released_by_the_next_promotion(
    shop: Any, places: Places, models: tuple[str, str], capsys: Any
) -> None:
    shop.put(models[0])  # before there were releases
    promote.promote(replace(shop.site(), places=places))
    assert "Released: " in capsys.readouterr().out
    assert releases.current(places) == models[0]
    (places.releases / "current").write_text("torn")
    promote.promote(replace(shop.site(), places=places))
    assert pointer.current(places.releases) == models[0]
    shutil.rmtree(places.releases)
    (places.data / "merged/products.parquet").unlink()
    promote.promote(replace(shop.site(), places=places))
    assert "Not released: " in capsys.readouterr().out


def test_a_live_release_is_mended_though_the_gate_holds_the_challenger(
    shop: Any, places: Places, models: tuple[str, str], capsys: Any, monkeypatch: Any
) -> None:
    put(shop, places, models[0])
    shutil.rmtree(places.releases / models[0])
    shop.stage(models[1])

    def held(*_: object) -> str:
        raise GateError("the gate holds it")

    monkeypatch.setattr(promote.gate, "verdict", held)
    site = replace(shop.site(), places=places)
    with complains(GateError, "the gate holds it"):
        promote.promote(site)
    assert "Released: " in capsys.readouterr().out
    assert not releases.is_torn(places, models[0])
    assert (places.releases / models[0]).is_dir()


@pytest.mark.parametrize("harm", ["gone", "half there", "damaged"])
def test_a_live_release_that_is_not_whole_is_published_again(
    shop: Any,
    places: Places,
    models: tuple[str, str],
    capsys: Any,
    monkeypatch: Any,
    tmp_path: Path,
    harm: str,
) -> None:
    monkeypatch.setenv(said.SAYS, str(tmp_path / "said"))
    put(shop, places, models[0])
    folder = places.releases / models[0]
    before = snapshot(folder)
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "half there":
        (folder / "popularity.npy").unlink()
    else:
        (folder / "popularity.npy").write_bytes(b"torn")
    promote.plan(replace(shop.site(), places=places))
    again = f"Would publish {models[0]} (version 1) again: {places.releases} does not"
    assert again in capsys.readouterr().out
    promote.promote(replace(shop.site(), places=places))
    assert "Released: " in capsys.readouterr().out
    assert snapshot(folder) == before
    assert said.heard(tmp_path / "said").status == "ok"
    promote.plan(replace(shop.site(), places=places))
    assert "Would publish" not in capsys.readouterr().out
    promote.promote(replace(shop.site(), places=places))
    assert said.heard(tmp_path / "said").status == "skipped"


def test_where_the_registrys_copy_is_torn_the_model_is_taken(
    shop: Any,
    places: Places,
    models: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And where it is not whole, or the data is gone, there is a next step."""
    put(shop, places, models[0])
    held = places.mlruns / "artifacts/models/m-1/artifacts/artifacts"
    release.keep(held, release.load(places.releases, models[0]))
    published = places.releases / models[0] / "popularity.npy"
    content = published.read_bytes()
    published.write_bytes(content[:-1] + b"x")  # the registry's too: one file
    away = places.data.rename(places.root / "away")
    with complains(DataError, "popularity.npy", "restore it from a copy", "rollback"):
        promote.promote(replace(shop.site(), places=places))
    assert published.exists()
    away.rename(places.data)
    promote.promote(replace(shop.site(), places=places))
    told = "popularity.npy: not the array of its release"
    said = capsys.readouterr().err
    assert told in said and "made again of the model and of today's data" in said
    assert published.read_bytes() == content
    assert release.load(places.releases, models[0]).model_id == models[0]


KILLED = """
import os, signal, sys
from pathlib import Path
from ops.deploy import promote, releases, rollback
from recsys.serving import pointer, release
owner, name = {"write": (release, "keep"), "switch": (pointer, "switch")}[sys.argv[1]]
setattr(owner, name, lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
folder = Path(sys.argv[2])
main = {"promote": promote, "rollback": rollback}[sys.argv[3]].main
names = {"params": "params.yaml", "mlruns": "mlruns", "state": "state"}
approved = {} if sys.argv[3] == "rollback" else {"approve": "by hand"}
main(**{name: folder / place for name, place in names.items()}, **approved)
"""


@pytest.mark.parametrize(
    ("step", "action"),
    [("write", "promote"), ("switch", "promote"), ("switch", "rollback")],
)
def test_after_a_kill_the_next_run_brings_all_in_step(
    shop: Any, places: Places, models: tuple[str, str], step: str, action: str
) -> None:
    put(shop, places, models[0])
    if action == "rollback":
        put(shop, places, models[1])
    else:
        shop.stage(models[1])
    folder = shop.parted()
    command = [sys.executable, "-c", KILLED, step, str(folder), action]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = {"promote": promote.promote, "rollback": rollback.roll_back}[action]
    shop.client = store.client(shop.mlruns)
    again(replace(shop.site(), places=places))
    wanted = models[0] if action == "rollback" else models[1]
    assert shop.champion() == releases.current(places) == wanted
    assert shop.outcomes()[-1][1:] == (wanted, "promoted")


@pytest.mark.parametrize("text", ["process: {}\n", "process: 4\n", "{}\n"])
def test_a_missing_threshold_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with complains(ConfigError, "process.positive_threshold"):
        releases.threshold(tmp_path / "params.yaml")


def test_what_is_no_id_never_becomes_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for model_id in ("../als-0123456789ab", "als-0123456789ab/..", "", "x"):
        assert not releases.publish(Places(tmp_path), model_id)
        releases.point(Places(tmp_path), model_id)
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out.count("No release of") == 4
