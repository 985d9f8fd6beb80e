"""The store is made once and whole; stages and aliases move together, whatever is killed or runs
beside it.
"""

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from recsys.program.errors import InstanceError, StoreError
from recsys.registry import store, versions

ROOT = Path(__file__).parents[3]

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

OPEN = "import sys, pathlib; from recsys.registry import store; store.client(pathlib.Path(sys.argv[1]))"


def _spawn(script, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], cwd=ROOT, **options
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store that three processes opened first, at the same time."""
    folder = tmp_path_factory.mktemp("a store #1") / "mlruns"
    children = [_spawn(OPEN, folder) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    return folder


@pytest.fixture
def mlruns(template, tmp_path):
    shutil.copytree(template, tmp_path / "mlruns")
    return tmp_path / "mlruns"


@pytest.fixture
def client(mlruns):
    opened = store.client(mlruns)
    opened.create_registered_model(versions.MODEL)
    for number in (1, 2, 3):
        opened.create_model_version(
            versions.MODEL,
            source="file:///nowhere",
            tags={"model_id": f"als-{number}", "model_type": "als"},
        )
    return opened


def _stages(client):
    return [version.stage for version in versions.versions(client)]


# ---- the store ----


def test_first_use_by_three_processes_makes_one_store(template):
    assert sorted(path.name for path in template.iterdir()) == [".create.lock", "mlflow.db"]
    with closing(sqlite3.connect(template / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        found = connection.execute(
            "SELECT artifact_location FROM experiments WHERE name = 'recommender'"
        ).fetchall()
    assert found == [((template / "artifacts").resolve().as_uri(),)]


def test_a_store_that_was_killed_while_it_was_made(tmp_path):
    folder = tmp_path / "mlruns"
    child = _spawn(OPEN, folder)
    part = folder / ".mlflow.db.part"
    while not part.exists() and child.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    child.kill()
    child.wait()
    assert part.exists()
    assert not store.exists(folder)
    assert _spawn(OPEN, folder).wait() == 0
    assert store.exists(folder)
    assert not part.exists()


def test_asking_whether_it_exists_makes_nothing(tmp_path):
    assert not store.exists(tmp_path / "mlruns")
    with pytest.raises(StoreError, match="no MLflow store here"):
        store.reader(tmp_path / "mlruns")
    assert list(tmp_path.iterdir()) == []


def test_a_store_without_the_experiment_gets_it(mlruns):
    with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection, connection:
        connection.execute("DELETE FROM experiment_tags")
        connection.execute("DELETE FROM experiments WHERE name = 'recommender'")
    assert store.reader(mlruns).get_experiment_by_name(store.EXPERIMENT) is None
    assert store.client(mlruns).get_experiment_by_name(store.EXPERIMENT) is not None


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\x00" + b"\x00" * 5000])
def test_a_torn_database_is_one_error_that_names_it(tmp_path, content):
    (tmp_path / "mlflow.db").write_bytes(content)
    for opening in (store.client, store.reader):
        with pytest.raises(StoreError, match=r"mlflow\.db: not readable.*restore it") as caught:
            opening(tmp_path)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "mlflow.db").read_bytes() == content


def test_a_schema_of_another_mlflow_is_one_error(mlruns):
    with closing(sqlite3.connect(mlruns / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    with pytest.raises(StoreError, match="out-of-date database schema") as caught:
        store.reader(mlruns)
    assert "\n" not in str(caught.value)


def test_importing_the_registry_is_light():
    script = "import sys, recsys.registry.versions; print([m for m in ('mlflow', 'pandas', 'numpy') if m in sys.modules])"
    assert _spawn(script, stdout=subprocess.PIPE, text=True).communicate()[0].strip() == "[]"


# ---- reading ----


def test_nothing_registered(mlruns):
    client = store.client(mlruns)
    assert versions.versions(client) == []
    assert (
        versions.champion(client),
        versions.challenger(client),
        versions.find(client, "als-1"),
    ) == (None,) * 3


def test_versions_and_find(client):
    found = versions.versions(client)
    assert [(each.number, each.model_id, each.model_type, each.stage) for each in found] == [
        (1, "als-1", "als", "None"),
        (2, "als-2", "als", "None"),
        (3, "als-3", "als", "None"),
    ]
    assert found[0].created_at.utcoffset().total_seconds() == 0
    assert versions.find(client, "als-2") == found[1]
    assert versions.find(client, "als-9") is None


def test_the_newest_that_was_staged_by_hand_is_the_challenger(client):
    with pytest.warns(FutureWarning, match="transition_model_version_stage"):
        client.transition_model_version_stage(versions.MODEL, "1", "Staging")
        client.transition_model_version_stage(versions.MODEL, "2", "Staging")
    assert versions.challenger(client).number == 2


# ---- stages and aliases ----


def test_staging_archives_the_one_that_waited(client):
    assert versions.stage(client, 1)
    assert versions.stage(client, 2)
    assert versions.stage(client, 2)
    assert _stages(client) == ["Archived", "Staging", "None"]
    assert versions.challenger(client).number == 2


def test_production_and_rolled_back_are_not_staged(client):
    versions.set_production(client, 1)
    versions.mark_rolled_back(client, 2)
    assert not versions.stage(client, 1)
    assert not versions.stage(client, 2)
    assert _stages(client) == ["Production", "None", "None"]
    versions.unmark_rolled_back(client, 2)
    assert versions.stage(client, 2)


def test_production_moves_alias_and_stages(client):
    versions.stage(client, 1)
    versions.set_production(client, 1)
    versions.stage(client, 2)
    versions.mark_rolled_back(client, 2)
    versions.set_production(client, 2)
    versions.set_production(client, 2)
    assert _stages(client) == ["Archived", "Production", "None"]
    assert versions.champion(client).number == 2
    assert not versions.champion(client).rolled_back
    assert versions.challenger(client) is None


def test_the_challenger_stays_if_another_goes_to_production(client):
    versions.stage(client, 3)
    versions.set_production(client, 1)
    assert versions.challenger(client).number == 3


def test_a_version_that_does_not_exist(client):
    for change in (versions.stage, versions.set_production):
        with pytest.raises(StoreError, match="no version 9"):
            change(client, 9)
    assert _stages(client) == ["None"] * 3


class CutError(Exception):
    """Stands for a kill between two calls."""


CALLS = (
    "set_registered_model_alias",
    "transition_model_version_stage",
    "delete_registered_model_alias",
    "set_model_version_tag",
)


@pytest.mark.parametrize("cut", range(8))
@pytest.mark.parametrize("change", [versions.stage, versions.set_production])
def test_a_change_that_was_cut_short_is_mended_by_the_next(client, monkeypatch, change, cut):
    versions.set_production(client, 1)
    versions.stage(client, 2)
    left = [cut]
    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(client, name, _cutting(getattr(client, name), left))
        with suppress(CutError):
            change(client, 3)
    change(client, 3)
    if change is versions.stage:
        assert (_stages(client), versions.challenger(client).number) == (
            ["Production", "Archived", "Staging"],
            3,
        )
    else:
        assert (_stages(client), versions.champion(client).number) == (
            ["Archived", "Staging", "Production"],
            3,
        )


def _cutting(real, left):
    def call(*arguments, **named):
        if left[0] == 0:
            raise CutError
        left[0] -= 1
        return real(*arguments, **named)

    return call


PROMOTE_ROUND = """
import sys, pathlib
from recsys.registry import store, versions
folder = pathlib.Path(sys.argv[1])
client = store.client(folder)
for _ in range(5):
    with store.locked(folder):
        versions.set_production(client, int(sys.argv[2]))
        produced = [v.number for v in versions.versions(client) if v.stage == "Production"]
        assert produced == [versions.champion(client).number] == [int(sys.argv[2])], produced
"""


def test_processes_that_promote_at_once_leave_one_production(client, mlruns):
    children = [_spawn(PROMOTE_ROUND, mlruns, number) for number in (1, 2, 3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    produced = [each for each in versions.versions(client) if each.stage == "Production"]
    assert produced == [versions.champion(client)]


def test_a_lock_that_is_held_is_said_and_goes_with_its_process(tmp_path):
    script = (
        "import sys, time, pathlib; from recsys.registry import store\n"
        "with store.locked(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = _spawn(script, tmp_path, stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(InstanceError, match="held by another process"),
            store.locked(tmp_path, wait_s=0.1),
        ):
            pass
        holder.kill()
    with store.locked(tmp_path, wait_s=5):
        pass
