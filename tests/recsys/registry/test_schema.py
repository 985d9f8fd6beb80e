"""The tables that are laid down are those that MLflow makes."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from recsys.registry import schema

MADE_BY_MLFLOW = """
import sys, mlflow
mlflow.MlflowClient(f"sqlite:///{sys.argv[1]}").search_experiments()
"""


@pytest.fixture(scope="module")
def by_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that MLflow itself has made, the long way."""
    database = tmp_path_factory.mktemp("store") / "mlflow.db"
    command = [sys.executable, "-c", MADE_BY_MLFLOW, str(database)]
    subprocess.run(command, check=True, capture_output=True, cwd=database.parent)
    return database


def lines(database: Path) -> list[str]:
    """The lines of all statements; MLflow writes constraints and indexes in any order."""
    return sorted(
        line.strip(" ,;\t")
        for line in "\n".join(schema.written_down(database)).split("\n")
    )


def test_the_tables_that_are_laid_are_those_that_this_mlflow_makes(
    by_mlflow: Path, tmp_path: Path
) -> None:
    assert schema.lay(tmp_path / "mlflow.db")
    assert lines(tmp_path / "mlflow.db") == lines(by_mlflow), (
        f"write it anew: python -m recsys.registry.schema {by_mlflow} > recsys/registry/schema.sql"
    )


def test_the_schema_of_another_mlflow_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "schema.sql"
    other.write_text("-- MLflow 3.0.0\nCREATE TABLE runs (id);\n")
    assert not schema.lay(tmp_path / "mlflow.db", other)
    assert not (tmp_path / "mlflow.db").exists()


def test_a_torn_schema_leaves_no_table(tmp_path: Path) -> None:
    head = schema.SCHEMA.read_text(encoding="utf-8").partition("\n")[0]
    torn = tmp_path / "schema.sql"
    torn.write_text(f"{head}\nCREATE TABLE runs (id);\nCREATE TABLE (")
    with pytest.raises(sqlite3.OperationalError):
        schema.lay(tmp_path / "mlflow.db", torn)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (
            0,
        )
