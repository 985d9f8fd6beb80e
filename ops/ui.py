"""`make ui`: MLflow's UI, with the address that opens it where models are trained.

reads   mlruns/mlflow.db; or a shared store, whose server has a UI: its address is all
writes  mlruns/mlflow.db    its paths, if the project was moved (recsys/registry/anchor.py)
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from recsys.files import sqlite
from recsys.program.command_line import enter
from recsys.program.errors import StoreError
from recsys.registry import store, view
from recsys.shared_store import address as shared_address

HOST = "127.0.0.1"
# two processes, not ten; nothing is reported to anyone
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def main(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
    mlruns: Path = Path("mlruns"),
) -> None:
    """Run MLflow's UI until Ctrl-C, and print where to open it."""
    if there := shared_address.shared():
        print(f"open  {view.address(there.tracking, mlruns)}")
        print("the store is shared: its server shows the UI, nothing is started here")
        return
    if not store.exists(mlruns):
        raise StoreError(f"{mlruns}: no models yet; run `make repro` first")
    store.anchor_it(mlruns)
    print(f"open  {view.address(f'http://{HOST}:{port}', mlruns)}", flush=True)
    address = sqlite.address_of(mlruns / store.DATABASE, Path.cwd())
    os.environ |= ENVIRONMENT | {"MLFLOW_BACKEND_STORE_URI": address}
    command = ["ui", "--host", HOST, "--port", str(port), "--workers", "1"]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", *command])  # noqa: S606 - it takes this process's place, and its signals


if __name__ == "__main__":
    enter(main, "make ui")
