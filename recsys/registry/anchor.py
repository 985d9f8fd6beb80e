"""MLflow's database after the project was moved or copied: its files are where the database is.

MLflow stores the place of every artifact as an absolute path. In a copy these lead to the project
that it was copied from: models would be written there. So all that stood under the artifacts of the
former place is made to stand under those of this one, in one transaction.

reads and writes  mlruns/mlflow.db     without MLflow, whose import takes 3 s
"""

import logging
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from recsys.files import sqlite

log = logging.getLogger("registry")

PLACES = (  # the columns that hold a path
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
# MLflow's own experiment 0 lies beside the artifacts, by its bare path
DEFAULT = "UPDATE experiments SET artifact_location = ? WHERE artifact_location = ?"
FORMER = "SELECT artifact_location FROM experiments WHERE name = ?"
ADVICE = "restore it from a copy, or move it away and run `make repro`"


def location(mlruns: Path) -> str:
    """Where the artifacts of this store stand, as MLflow writes it."""
    return (mlruns / "artifacts").resolve().as_uri()


def anchor(database: Path, experiment: str) -> bool:
    """Let all paths in the database lead to the artifacts beside it; whether any did not.

    The former place is that of our `experiment`. Paths that were never under it stay. StoreError if
    the database cannot be read or written.
    """
    here = location(database.parent)
    with (
        sqlite.refusals_told(database, ADVICE),
        closing(sqlite.connect(database)) as connection,
    ):
        row = connection.execute(FORMER, (experiment,)).fetchone()
        if row is None or row[0] == here:
            return False
        former = str(row[0])
        with sqlite.transaction(connection):
            for table, column in PLACES:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - constants
                    f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                    (here, len(former) + 1, former, len(former) + 1, f"{former}/"),
                )
            connection.execute(DEFAULT, (_default(here), _default(former)))
    log.info("%s was made elsewhere (%s); its paths lead here now", database, former)
    return True


def _default(artifacts: str) -> str:
    """Where experiment 0 of the store with these artifacts (a URI) lies."""
    return str(Path(unquote(urlsplit(artifacts).path)).with_name("0"))
