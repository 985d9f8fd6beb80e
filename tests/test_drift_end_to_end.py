"""Drift planted in a drop goes all the way by itself, by the runner's own loop on a moved clock.

refresh takes the drop in; drift finds it, alerts and asks for a training; train, the gate, deploy;
the reference follows the new model, and the page says so. All programs are the real ones, in a
scratch project.
"""

import json
import os
import random
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from bench.shop import generate
from ops.alerts import outbox
from ops.scheduler import run_history
from ops.scheduler.loop import Loop
from ops.scheduler.run_history import Run
from ops.scheduler.schedule import Params
from recsys.program.params import load
from tests import whole_project as projects

UNTIL = datetime(2026, 10, 25, 16, tzinfo=UTC)  # of the shop's newest event, about
MONDAY = datetime(2026, 11, 15, 18, 59, 50, tzinfo=UTC)  # 01:59:50 in Saigon
HOUR = timedelta(hours=1)
SMALL = {
    "train_als": {"factors": 16, "search": "off"},
    "train_bpr": {"factors": 16, "search": "off", "epochs": 20},
}


class Clock:
    """The real clock, moved."""

    def __init__(self, now: datetime) -> None:
        self.begun, self.moved = time.monotonic(), now

    def __call__(self) -> datetime:
        return self.moved + timedelta(seconds=time.monotonic() - self.begun)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a model in production, that trains when drift asks."""
    folder = tmp_path_factory.mktemp("drift")
    projects.copy_code(folder)
    raw = folder / "data/raw"
    sizes = ["--users", "500", "--products", "40", "--until", UNTIL.date().isoformat()]
    assert generate.main([str(raw), *sizes]) == 0
    for section, values in SMALL.items():
        projects.change_params(folder, section, **values)
    projects.change_params(folder, "runner", on_drift="retrain")
    projects.change_params(folder, "drift", fewest_users=10, resamples=999)
    done = projects.repro(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    projects.stage_anyway(folder)
    done = projects.runner(folder, "promote", "--approve", "the first one")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def plant(folder: Path) -> None:
    """Three weeks in which other products are bought by new customers, who like them little."""
    chance = random.Random(7)
    products = pl.read_csv(folder / "data/raw/data_product.csv")["product_id"].to_list()
    rows = ["user_id,product_id,rating,comment,timestamp"]
    for at in range(360):
        moment = UNTIL + timedelta(days=1) + timedelta(days=20.9) * at / 360
        user, product = f"new{at // 2}", products[-1 - int(8 * chance.random() ** 2)]
        stars = chance.choice((1, 2, 5, 5))
        rows.append(f"{user},{product},{stars},,{moment.isoformat()}")
    (folder / "data/staging/autumn.csv").write_text("\n".join([*rows, ""]))


def ends(loop: Loop, state: Path, *names: str) -> None:
    """Turn the loop until these jobs have run once more, and nothing runs or waits."""
    before = {run.id for run in run_history.runs(state)}
    end = time.monotonic() + 600

    def new() -> dict[str, Run]:
        runs = run_history.runs(state)
        return {run.job: run for run in runs if run.id not in before and run.ended_at}

    while loop.running or loop.book.queue or not set(names) <= set(new()):
        assert time.monotonic() < end, f"waited in vain for {names}"
        loop.tick()
        time.sleep(0.05)
    for name in names:
        assert new()[name].exit_code == 0, Path(new()[name].log).read_text()


def report(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "metrics/drift.json").read_text())
    return found


def test_a_planted_drift_goes_all_the_way_by_itself(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv(
        "PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    monkeypatch.setenv("PYTHONPATH", str(project))
    state, clock = Path("state"), Clock(MONDAY)
    [first] = projects.production(project)
    said: list[str] = []
    times = load(Params, "runner", Path("params.yaml")).times
    kept = {name: times.jobs[name] for name in ("refresh", "drift", "train", "deploy")}
    loop = Loop(replace(times, jobs=kept), state, clock, said.append)
    loop.begin()
    plant(project)

    clock.moved += timedelta(seconds=30)  # Monday 02:00
    ends(loop, state, "refresh")
    assert not (project / "data/staging/autumn.csv").exists()

    clock.moved += 3 * HOUR  # 05:00: nothing new to deploy
    ends(loop, state, "deploy")
    clock.moved += 4 * HOUR  # 09:00
    ends(loop, state, "drift", "train")
    found = report(project)
    assert found["verdict"] == "drift" and {"rating", "top_items"} <= set(
        found["drifted"]
    )  # type: ignore[call-overload]  # names
    assert "<h1>Drift: drift</h1>" in (project / "reports/drift.html").read_text()
    [alert] = [one for one in outbox.notices(state) if one.cause == "drift"]
    assert f"the shop has moved since {first} ended on 2026-10-2" in alert.text
    assert "stars: " in alert.text and "popular products: risen " in alert.text
    why = projects.runner(project, "why", "train", "--json").stdout
    assert "brought forward: drift: stars: " in why
    [ran] = [run for run in run_history.runs(state) if run.job == "train"]
    assert ran.reason and ran.reason.startswith("brought forward: drift: ")

    clock.moved += 20 * HOUR  # Tuesday 05:00: the gate, and the deployment
    ends(loop, state, "deploy")
    [second] = projects.production(project)
    assert second != first, projects.runner(project, "history").stdout
    reference = json.loads((project / "data/reference/reference.json").read_text())
    assert (reference["model_id"], reference["why"]) == (second, "deployment")
    assert reference["until"].startswith("2026-11-1")

    clock.moved += timedelta(days=6, hours=4)  # the next Monday 09:00
    ends(loop, state, "drift")
    assert report(project)["verdict"] == "too_little_data"
    page = (project / "reports/drift.html").read_text()
    assert f"<strong>{second}</strong>" in page and "Drift: too little data" in page
    kinds = [one.kind for one in outbox.notices(state) if one.cause == "drift"]
    assert kinds == ["alert", "recovery"]
