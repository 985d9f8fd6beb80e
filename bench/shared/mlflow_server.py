"""A real MLflow server of its own, for measurements and tests; on PostgreSQL where one is given.

MLflow needs psycopg2 for that: SHOP_SERVER_PYTHON names an interpreter that has it (else this one).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from bench.speed import postgres
from recsys.registry import schema
from recsys.shared_store import rest

PYTHON = "SHOP_SERVER_PYTHON"
START_S = 120.0  # 50 migrations of an empty database
PROGRAM = ("-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1")


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    url: str
    folder: Path  # log, artifacts
    pid: int

    @property
    def variables(self) -> dict[str, str]:
        """What makes it the store of a program."""
        return {"MLFLOW_TRACKING_URI": self.url}


def python() -> str:
    """The interpreter that a server on PostgreSQL runs with."""
    return os.environ.get(PYTHON, sys.executable)


def missing() -> str:
    """Why there can be no server on PostgreSQL here; "" if there can."""
    if why := postgres.missing():
        return why
    tried = [python(), "-c", "import psycopg2"]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        return "no psycopg2 is installed (pip install '.[server]')"
    return ""


def on_sqlite(folder: Path) -> str:
    """The address of a new database in the folder, with its tables."""
    schema.lay(folder / "server.db")
    return f"sqlite:///{folder / 'server.db'}"


def on_postgres(server: postgres.Server) -> str:
    """The address of a server's database with the password. It names the driver: SQLAlchemy 2.1
    takes another one by itself.
    """
    secret = quote(postgres.PASSWORD, safe="")
    return f"postgresql+psycopg2://shop:{secret}@127.0.0.1:{server.port}/postgres"


@contextmanager
def serving(
    folder: Path,
    backend: str,
    options: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """A server whose rows are in the database `backend`; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    files = options or ("--artifacts-destination", str(folder / "artifacts"))
    own = {
        "MLFLOW_BACKEND_STORE_URI": backend,  # not on the command line: it has a password
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    command = [python(), *PROGRAM, "--port", str(port), *files]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_outside() | own | dict(environment or {}),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, folder)
        yield Running(url, folder, process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def empty(url: str) -> None:
    """Take out all registered models, and all experiments but the default one. One that is deleted
    keeps its name, so it gets another first.
    """
    listed = rest.ask(url, "registered-models/search?max_results=1000")
    for model in listed.get("registered_models", ()):
        named = {"name": model["name"]}
        rest.ask(url, "registered-models/delete", named, "DELETE")
    every = {"view_type": "ALL"}
    for one in rest.pages(url, "experiments/search", "experiments", every):
        if one["experiment_id"] != "0" and not one["name"].startswith("gone-"):
            this = {"experiment_id": one["experiment_id"]}
            if one["lifecycle_stage"] == "deleted":
                rest.ask(url, "experiments/restore", this)
            gone = this | {"new_name": f"gone-{one['experiment_id']}"}
            rest.ask(url, "experiments/update", gone)
            rest.ask(url, "experiments/delete", this)


def _outside() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MLFLOW_")
    }


def _wait(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with closing(urlopen(f"{url}/version", timeout=5)):  # noqa: S310 - it is http
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError((folder / "server.log").read_text()[-2000:])


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])
