"""The shared MLflow store: is it reached, does its MLflow fit, and who has it promote.

reads   an MLflow server, without MLflow; state/runner.db
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ops.deploy import registered
from ops.doctor.finding import Finding, ok, warning
from ops.terminal import counted
from recsys.registry.store import DATABASE
from recsys.shared_store import lease, rest
from recsys.shared_store.address import Address


def store(there: Address, mlruns: Path) -> list[Finding]:
    """The servers that the environment names. StoreError if one is not reached or refuses."""
    servers = dict.fromkeys((there.tracking, there.registry))
    found = [_server(server) for server in servers]
    if who := lease.holder(there.registry):
        found.append(ok("registry lock", f"held by {who}"))
    count = len(registered.versions(mlruns))
    found.append(ok("registry", f"{counted(count, 'registered version')} there"))
    if (mlruns / DATABASE).exists():
        found.append(_unused(mlruns, there))
    return found


def _server(server: str) -> Finding:
    has, ours = rest.version(server), _installed()
    if has.split(".")[:2] != ours.split(".")[:2]:
        step = "install the same version of mlflow on both, or know that both work together"
        return warning("store", f"{server}: MLflow {has}, here {ours}", step)
    return ok("store", f"{server} is reached: MLflow {has}")


def _installed() -> str:
    try:
        return version("mlflow")
    except PackageNotFoundError:
        return "none"


def _unused(mlruns: Path, there: Address) -> Finding:
    seen = f"{mlruns / DATABASE} is there, and not used while {there.tracking} is"
    return ok(
        "local store", f"{seen}; docs/shared-stores.md says how its models get there"
    )
