"""The store is made once and whole, whatever is killed or runs beside it."""

import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from recsys.program.errors import DiskError, InstanceError, StoreError
from recsys.registry import store
from tests.recsys.registry.processes import OPEN, spawn

# MLflow's own table definitions use what SQLAlchemy 2.1 deprecates; nothing here can change that
pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy is deprecated"
)


def test_first_use_by_three_processes_makes_one_store(template):
    assert sorted(path.name for path in template.iterdir()) == [
        ".create.lock",
        "mlflow.db",
    ]
    with closing(sqlite3.connect(template / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        found = connection.execute(
            "SELECT artifact_location FROM experiments WHERE name = 'recommender'"
        ).fetchall()
    assert found == [((template / "artifacts").resolve().as_uri(),)]


def test_a_store_that_was_killed_while_it_was_made(tmp_path, forks):
    folder = tmp_path / "mlruns"
    child = spawn(OPEN, folder)
    part = folder / ".mlflow.db.part"
    while not part.exists() and child.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    child.kill()
    child.wait()
    assert part.exists()
    assert not store.exists(folder)
    assert forks.spawn(OPEN, folder).wait() == 0
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


@pytest.mark.parametrize(
    "content", [b"x" * 5000, b"SQLite format 3\x00" + b"\x00" * 5000]
)
def test_a_torn_database_is_one_error_that_names_it(tmp_path, content):
    (tmp_path / "mlflow.db").write_bytes(content)
    for opening in (store.client, store.reader):
        with pytest.raises(
            StoreError, match=r"mlflow\.db: .*not readable.*restore it"
        ) as caught:
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
    script = (
        "import sys, recsys.registry.versions\n"
        "print([name for name in ('mlflow', 'pandas', 'numpy') if name in sys.modules])"
    )
    assert spawn(script, stdout=subprocess.PIPE).communicate()[0].strip() == "[]"


def test_a_lock_that_is_held_is_said_and_goes_with_its_process(tmp_path):
    script = (
        "import sys, time, pathlib; from recsys.registry import store\n"
        "with store.locked(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n    time.sleep(60)"
    )
    holder = spawn(script, tmp_path, stdout=subprocess.PIPE)
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


def test_what_is_left_of_a_database_that_was_moved_away_is_not_taken_for_the_new_ones(
    mlruns, tmp_path
):
    """SQLite would write the pages of a -wal file into whatever database it finds beside it."""
    database = mlruns / "mlflow.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(
            "UPDATE experiments SET name = 'of the old one' WHERE name = 'Default'"
        )
        connection.commit()
        left = {
            end: (mlruns / f"mlflow.db{end}").read_bytes() for end in ("-wal", "-shm")
        }
    database.rename(tmp_path / "away.db")
    for end, content in left.items():
        (mlruns / f"mlflow.db{end}").write_bytes(content)
    opened = store.client(mlruns)
    names = {each.name for each in opened.search_experiments()}
    assert names == {"Default", store.EXPERIMENT}


def test_a_full_disk_is_no_fault_of_the_store(tmp_path):
    from mlflow.exceptions import MlflowException

    with (
        pytest.raises(DiskError, match=r"mlflow\.db: .*is full.*it is sound"),
        store.reachable(tmp_path),
    ):
        raise MlflowException("(sqlite3.OperationalError) database or disk is full")
