"""The tables of MLflow's database as MLflow itself makes them, written down: 0.1 s, not 6 to 15.

MLflow makes a new database by 50 migrations one after the other. What they end in is kept in
schema.sql, with the MLflow version that it is of; for another version MLflow does it the long way.

usage   python -m recsys.registry.schema DATABASE > recsys/registry/schema.sql
        writes down the tables of a database that MLflow has just made
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

SCHEMA = Path(__file__).with_name("schema.sql")
HEAD = "-- MLflow "
FILLED = ("alembic_version", "workspaces")  # tables whose rows are part of the schema


def lay(database: Path, schema: Path = SCHEMA) -> bool:
    """Make the tables in a new file `database`; False, and nothing is made, if the schema is of
    another MLflow than the one that is installed.
    """
    script = schema.read_text(encoding="utf-8")
    if script.partition("\n")[0] != HEAD + _version():
        return False
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(f"BEGIN;\n{script}\nCOMMIT;")
    return True


def _version() -> str:
    from importlib.metadata import (
        version,
    )  # here: most who import this look at no version

    return version("mlflow")


def written_down(database: Path) -> Iterator[str]:
    """The statements that make the tables of `database`, in the order in which they were made."""
    yield HEAD + _version()
    with closing(sqlite3.connect(database)) as connection:
        tables = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
        for (statement,) in connection.execute(tables):
            yield f"{statement};"
        for line in connection.iterdump():
            if line.startswith(tuple(f'INSERT INTO "{name}"' for name in FILLED)):
                yield line


if __name__ == "__main__":
    print("\n".join(written_down(Path(sys.argv[1]))))
