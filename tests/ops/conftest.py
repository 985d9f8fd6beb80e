"""What the tests of deployments share: a real MLflow store (made once, copied for each test) and a
real server.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ops.deploy import deployment, deployment_log, production, promote
from ops.deploy.service_client import Service
from recsys.registry import store, versions
from tests.ops.fake_service import FakeService, handler_of
from tests.worlds import copy_store, empty_store

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def pytest_configure(config: pytest.Config) -> None:
    """MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change
    that.
    """
    config.addinivalue_line(
        "filterwarnings", "ignore:The ``noload`` loader strategy is deprecated"
    )


@pytest.fixture(scope="session")
def store_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store that no process has open."""
    return empty_store(tmp_path_factory)


@pytest.fixture
def mlruns(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of the empty store, its artifacts beside it."""
    return copy_store(tmp_path_factory, tmp_path)


@dataclass
class Shop:
    """A pipeline's folder with a registry and a deployment log.

    `site` acts on it at a clock that ticks by the second.
    """

    mlruns: Path
    db: Path
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.client = store.client(self.mlruns)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def site(self, service: Service | None = None) -> deployment.Site:
        return deployment.Site(self.client, self.db, service, self.clock)

    def parted(self) -> Path:
        """The folder, with no file of the store held open by this process."""
        store.dispose(self.client)
        return self.mlruns.parent

    def register(self, model_id: str, run_id: str | None = None) -> int:
        if not self.client.search_registered_models():
            self.client.create_registered_model(versions.MODEL)
        made = self.client.create_model_version(
            versions.MODEL,
            source="file:///nowhere",
            run_id=run_id,
            tags={"model_id": model_id, "model_type": model_id.split("-")[0]},
        )
        return int(made.version)

    def stage(self, model_id: str) -> int:
        """Register and stage a new model."""
        number = self.register(model_id)
        assert versions.stage(self.client, number)
        return number

    def put(self, *model_ids: str, service: Service | None = None) -> None:
        """Promote these models one after the other."""
        for model_id in model_ids:
            self.stage(model_id)
            promote.promote(self.site(service))

    def stages(self) -> dict[str, str]:
        return {
            version.model_id: version.stage
            for version in versions.versions(self.client)
        }

    def champion(self) -> str | None:
        """The champion, after a check that it is the only one in Production."""
        champion = versions.champion(self.client)
        produced = [
            version
            for version in versions.versions(self.client)
            if version.stage == "Production"
        ]
        assert produced == ([champion] if champion else [])
        return champion.model_id if champion else None

    def outcomes(self) -> list[tuple[str, str, str]]:
        """(action, model, status) of each deployment, oldest first."""
        return [
            (deployment.action, deployment.model_id, deployment.status)
            for deployment in production.deployments(deployment_log.rows(self.db))
        ]


@pytest.fixture
def shop(mlruns: Path, tmp_path: Path) -> Shop:
    return Shop(mlruns, tmp_path / "state" / "runner.db")


@pytest.fixture
def fake() -> Iterator[tuple[FakeService, Service]]:
    """The server's state and a client of it."""
    state = FakeService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(state))
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}
    )
    thread.start()
    yield state, Service(f"http://127.0.0.1:{server.server_address[1]}", 5.0)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def offline() -> Service:
    """A client of a port where nobody listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_address[1]
    return Service(f"http://127.0.0.1:{port}", 5.0)


# ---- kill -9 ----

# Runs promote or roll_back and kills itself before the n-th effect; mlflow is imported once, each
# run is a fork.
KILLED = """
import os, signal, sys, datetime
from pathlib import Path
from mlflow import MlflowClient
import mlflow.store.tracking.sqlalchemy_store, mlflow.store.model_registry.sqlalchemy_store
from ops.deploy import deployment_log, promote, releases, rollback, service_client, site
from recsys.registry import store
from recsys.serving import pointer, release

EFFECTS = [
    (deployment_log, "begin"),
    (deployment_log, "finish"),
    (deployment_log, "confirm"),
    (service_client.Service, "reload"),
    (MlflowClient, "set_registered_model_alias"),
    (MlflowClient, "delete_registered_model_alias"),
    (MlflowClient, "transition_model_version_stage"),
    (MlflowClient, "set_model_version_tag"),
    (release, "write"),
    (pointer, "switch"),
]
left = 0

def deadly(real):
    def effect(*arguments, **named):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*arguments, **named)
    return effect

for owner, name in EFFECTS:
    setattr(owner, name, deadly(getattr(owner, name)))

for line in sys.stdin:
    action, effects, folder, url = line.rstrip("\\n").split("|")
    child = os.fork()
    if child == 0:
        left = int(effects)
        mlruns, db = Path(folder) / "mlruns", Path(folder) / "state" / "runner.db"
        token = "a-token-of-the-tests"
        service = service_client.Service(url, 5.0, token) if url else None
        os.dup2(2, 1)
        with store.locked(mlruns):
            clock = lambda: datetime.datetime.now(datetime.UTC)
            places = releases.Places(Path(folder))
            kept = places if places.params.exists() else None
            here = site.Site(store.client(mlruns), db, service, clock, kept)
            {"promote": promote.promote, "rollback": rollback.roll_back}[action](here)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture(scope="session")
def killer() -> Iterator[Callable[..., int]]:
    """killer(action, effects, folder, url): wait status of a run that is killed before its n-th
    effect.
    """
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    asked, answers = child.stdin, child.stdout
    assert asked is not None and answers is not None

    def run(action: str, effects: int, folder: Path, url: str = "") -> int:
        asked.write(f"{action}|{effects}|{folder}|{url}\n")
        asked.flush()
        return int(answers.readline())

    yield run
    asked.close()
    child.wait()
    answers.close()


def _copied(shop: Shop, folder: Path) -> Shop:
    """A copy of the whole shop in `folder`; nobody has its files open."""
    shutil.copytree(shop.mlruns, folder / "mlruns")
    shutil.copytree(shop.db.parent, folder / "state")
    for name in ("releases", "models", "data"):
        if (shop.mlruns.parent / name).exists():
            shutil.copytree(shop.mlruns.parent / name, folder / name)
    if (shop.mlruns.parent / "params.yaml").exists():
        shutil.copy(shop.mlruns.parent / "params.yaml", folder)
    return Shop(folder / "mlruns", folder / "state" / "runner.db", shop.now)


@pytest.fixture
def kill_points(
    killer: Callable[..., int], tmp_path: Path
) -> Callable[..., Iterator[Shop]]:
    """kill_points(shop, action, service, reset): a copy of the shop for each step that the action
    was killed before, until it survives.
    """

    def points(
        shop: Shop,
        action: str,
        service: Service | None = None,
        reset: Callable[[], None] = lambda: None,
    ) -> Iterator[Shop]:
        store.dispose(shop.client)
        for effects in range(30):
            reset()
            victim = _copied(shop, tmp_path / f"{action}-{effects} killed")
            store.dispose(victim.client)
            status = killer(
                action, effects, victim.mlruns.parent, service.url if service else ""
            )
            if status == 0:
                assert effects >= 6
                return
            assert os.WTERMSIG(status) == signal.SIGKILL
            yield victim
        raise AssertionError("it was killed every time")

    return points
