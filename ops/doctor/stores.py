"""MLflow's database and the runner's: readable, of the right schema, and of this folder.

reads   mlruns/mlflow.db or a shared store, state/runner.db, without MLflow
"""

import re
import sqlite3
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ops.deploy import deployment_log, production, registered
from ops.deploy.agreement import REGISTER_ANEW
from ops.deploy.production import Deployment
from ops.doctor import shared
from ops.doctor.finding import Finding, bad, ok, warning
from ops.terminal import counted
from recsys.files import sqlite
from recsys.program.errors import DataError, StoreError
from recsys.registry import anchor, schema
from recsys.registry.store import DATABASE, EXPERIMENT
from recsys.shared_store import address

STORE = StoreError.exit_code
ANEW = "restore it from a copy, or move it away and run `make repro`"
FORGOTTEN = "restore it from a copy, or move it away: its rows are then forgotten"
RELEASE = "run `python runner.py promote`: it publishes the release again"
REVISION = re.compile(r'INSERT INTO "alembic_version" VALUES\(\'(\w+)\'\)')
LOCATION = "SELECT artifact_location FROM experiments WHERE name = ?"


def mlflow_store(mlruns: Path) -> list[Finding]:
    """The registry's database, its schema, and where its artifacts are."""
    if there := address.shared():
        return [*shared.store(there, mlruns), _champion(mlruns)]
    database = mlruns / DATABASE
    if not database.exists() or not database.stat().st_size:
        if top := _live(mlruns):
            seen = (
                f"{database} is gone, but {top.model_id} is live by the deployment log"
            )
            return [bad("store", seen, REGISTER_ANEW, STORE)]
        return [ok("store", f"{database} is not there yet; `make repro` makes it")]
    damage = damaged(database)
    if damage:
        return [bad("store", f"{database}: {damage}", ANEW, STORE)]
    return [_schema(database), _place(database), _champion(mlruns)]


def damaged(database: Path) -> str:
    """What SQLite finds wrong with a file; "" if nothing."""
    try:
        with closing(sqlite.connect(database, read_only=True)) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if said == ("ok",) else str(said[0])


def _schema(database: Path) -> Finding:
    rows = sqlite.read_rows(
        database, "alembic_version", "SELECT version_num FROM alembic_version", ANEW
    )
    if not rows:
        seen = f"{database}: not a store of MLflow"
        return bad("store", seen, ANEW, STORE)
    has, wanted = str(rows[0][0]), _revision()
    if wanted and has != wanted:
        seen = f"{database}: schema {has}, the installed MLflow has {wanted}"
        step = (
            f"keep a copy of it, then run `mlflow db upgrade sqlite:///{database}`; "
            "if the installed MLflow is the older one, run `make clean`, then `make repro`"
        )
        return bad("store", seen, step, STORE)
    count = len(registered.versions(database.parent))
    return ok(
        "store", f"readable, schema {has}, {counted(count, 'registered version')}"
    )


def _revision() -> str:
    """The schema of the installed MLflow; "" if it is another one than ours was written down of."""
    text = schema.SCHEMA.read_text(encoding="utf-8")
    try:
        is_of_it = text.partition("\n")[0] == schema.HEAD + version("mlflow")
    except PackageNotFoundError:
        is_of_it = False
    found = REVISION.search(text)
    return found[1] if is_of_it and found else ""


def _place(database: Path) -> Finding:
    """Whether the paths in it lead to the files beside it."""
    here = anchor.location(database.parent)
    with (
        sqlite.refusals_told(database, ANEW),
        closing(sqlite.connect(database, read_only=True)) as connection,
    ):
        row = connection.execute(LOCATION, (EXPERIMENT,)).fetchone()
    if row is None:
        step = "`make repro` makes it"
        return warning("artifacts", f"no experiment {EXPERIMENT!r} yet", step)
    if row[0] != here:
        seen = f"they lead to {row[0]}: this project was moved or copied"
        return warning(
            "artifacts", seen, "the next `python runner.py repro` sets it right"
        )
    return ok("artifacts", "they lead to this folder")


def _live(mlruns: Path) -> Deployment | None:
    """What is in production by the deployment log beside the registry."""
    rows = deployment_log.rows(mlruns.parent / "state" / deployment_log.DATABASE)
    return production.in_production(rows)


def _champion(mlruns: Path) -> Finding:
    """Whether registry and deployment log agree on what is in production."""
    top = _live(mlruns)
    split = registered.split(mlruns, top)
    if split is None:
        if top and (missing := _not_released(mlruns.parent / "releases", top.model_id)):
            return bad("champion", missing, RELEASE, DataError.exit_code)
        return ok("champion", top.model_id if top else "nothing is in production yet")
    if split.kind == "gone":
        return bad("champion", split.seen, split.step, STORE)
    champion = split.version.model_id if split.version else ""
    is_released = registered.pointed_at(mlruns.parent / "releases") == champion
    if split.is_elsewhere and is_released:
        seen = f"{champion}, not promoted by this machine; released here"
        return ok("champion", seen)
    return warning("champion", split.seen, split.step)


def _not_released(releases: Path, live: str) -> str:
    """That releases/current names a release which is not there, in words; "" if it is."""
    about = releases / live / "release.json"
    if registered.pointed_at(releases) != live or about.is_file():
        return ""
    return f"{releases / 'current'} names {live}, but there is no {about}"


def runner_database(state: Path) -> Finding:
    """The rows of runs, deployments and verdicts."""
    database = state / deployment_log.DATABASE
    if not database.exists():
        return ok("runner.db", "not there yet; the first run makes it")
    if damage := damaged(database):
        return bad("runner.db", f"{database}: {damage}", FORGOTTEN, STORE)
    deployments = production.deployments(deployment_log.rows(database))
    return ok("runner.db", f"readable, {counted(len(deployments), 'deployment')}")
