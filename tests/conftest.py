"""Which worker of pytest-xdist runs what: tests that share what is slow to make stay together.

`--dist loadgroup` alone keeps nothing together: pytest 9.2 no longer shows pytest-xdist 3.8 the
names of groups, and each worker made every shop and every store anew. And a real browser for all.
"""

import gc
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from bench.pages.browser import Tab, browsing, find
from bench.shared import mlflow_server
from bench.shared.mlflow_server import Running

TESTS = Path(__file__).parent
STORES = (
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
)
OPEN_FILES = 1024
AXE = TESTS.parent / "node_modules" / "axe-core" / "axe.min.js"


def pytest_configure() -> None:
    """No test uses a shared store that is somebody's, nor more open files than a usual machine
    gives a program.
    """
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        del os.environ[name]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, OPEN_FILES), hard))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files right here go first: they run whole pipelines, and nothing waits for them."""
    items.sort(key=lambda item: item.path.parent != TESTS)


@pytest.hookimpl(optionalhook=True)  # without xdist there is no such hook
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # in the order from above
    return Together(config, log)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """MLflow holds all databases open that it has ever opened: of a thousand tests, more files than
    a process may.
    """
    for name in STORES:
        if name in sys.modules:
            for engine in sys.modules[name].SqlAlchemyStore._engine_map.values():
                engine.dispose()
    # a release that an exception holds, which a test has caught, is let go by the collector only
    if len(list(Path("/dev/fd").iterdir())) > OPEN_FILES // 2:
        gc.collect()


class Together(LoadScopeScheduling):
    """A file is one worker's; a folder with a conftest.py, whose fixtures its files share, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = TESTS.parent / nodeid.partition("::")[0]
        shares = file.parent != TESTS and (file.parent / "conftest.py").exists()
        return str(file.parent if shares else file)


@pytest.fixture(scope="session")
def tab() -> Iterator[Tab]:
    """A tab of a real browser; skipped without one."""
    program = find()
    if program is None:
        pytest.skip("no Chromium on this machine")
    with browsing(program) as found:
        yield found


@pytest.fixture(scope="session")
def mlflow_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real MLflow server on a new SQLite database."""
    folder = tmp_path_factory.mktemp("server")
    with mlflow_server.serving(folder, mlflow_server.on_sqlite(folder)) as running:
        yield running


@pytest.fixture
def shared_store(mlflow_at: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """That server, emptied, as the store that the environment names."""
    mlflow_server.empty(mlflow_at.url)
    for name, value in mlflow_at.variables.items():
        monkeypatch.setenv(name, value)
    return mlflow_at


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core; skipped where it was not fetched."""
    if not AXE.exists():
        pytest.skip("no axe-core here: npm install --no-save axe-core")
    return AXE.read_text(encoding="utf-8")
