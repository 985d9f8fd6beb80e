"""Where a deployment happens: the registry, the log, the service, the releases; and its lock."""

import getpass
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.deploy import deployment_log, production, releases, service_client
from ops.deploy.agreement import REGISTER_ANEW
from recsys.program import params as parameters
from recsys.program import place
from recsys.program.errors import ConfigError, StoreError
from recsys.program.shown_values import shown
from recsys.registry import store
from recsys.serving import token
from recsys.statistics import gate

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class Rules:
    """What the gate goes by."""

    gate: gate.Params
    zone: ZoneInfo  # whose calendar years count


@dataclass(frozen=True)
class Site:
    """What a deployment reads and moves."""

    client: "MlflowClient"
    db: Path  # of the deployment log; state/service/ stands beside it
    service: service_client.Service | None
    clock: Callable[[], datetime]  # aware UTC
    places: releases.Places | None = None  # of releases; None where none are kept
    who: str = ""  # who does it
    rules: Rules | None = None  # of the gate; None where none is asked

    @property
    def state(self) -> Path:
        return self.db.parent


def under_lock(
    action: Callable[[Site], None],
    params: Path,
    mlruns: Path,
    state: Path,
    dry_run: bool = False,
) -> None:
    """Do `action` under the registry's lock. ConfigError, StoreError, InstanceError may come, and
    DiskError where one of the folders is a link to a share that is away.

    A dry run takes no lock, opens the store to read it, and makes no token. StoreError too where
    the registry is gone, but the log has a model in production.
    """
    section = parameters.load(service_client.Params, "deploy", params)
    for folder in (mlruns, state, mlruns.parent / "releases"):
        place.refuse_if_away(folder)
    rules = Rules(parameters.load(gate.Params, "gate", params), zone_in(params))
    service = service_client.service(
        section, str if dry_run else lambda: token.token(state)
    )
    if not store.exists(mlruns):
        refuse_if_live(mlruns, state)
        print(
            f"No model is registered yet ({mlruns} holds no store); run `dvc repro` first."
        )
        return

    def site(client: "MlflowClient") -> Site:
        db = state / deployment_log.DATABASE
        places = releases.Places(mlruns.parent, fetches=not dry_run)
        now = partial(datetime.now, UTC)
        return Site(client, db, service, now, places, who(), rules)

    with store.reachable(mlruns):
        if dry_run:
            action(site(store.reader(mlruns)))
            return
        with store.locked(mlruns):
            action(site(store.client(mlruns)))


def live_model(state: Path) -> str | None:
    """The model that the deployment log has in production."""
    rows = deployment_log.rows(state / deployment_log.DATABASE)
    top = production.in_production(rows)
    return top.model_id if top else None


def refuse_if_live(mlruns: Path, state: Path) -> None:
    """StoreError where a registry that is not there has had a model which is live."""
    if (live := live_model(state)) is not None:
        raise StoreError(
            f"{mlruns} holds no registry, but {live} is live by the deployment log; "
            f"{REGISTER_ANEW}"
        )


def zone_in(params: Path) -> ZoneInfo:
    """The runner's zone. ConfigError if params.yaml names none that there is."""
    section = parameters.read(params).get("runner")
    zone = section.get("zone") if isinstance(section, dict) else None
    try:
        return ZoneInfo(str(zone))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ConfigError(
            f"{params}: runner.zone: {shown(zone)} is no time zone; write e.g. Asia/Ho_Chi_Minh"
        ) from None


def who() -> str:
    """The user of this process and its machine, as the log names them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, in a container
        user = "unknown"
    return f"{user}@{platform.node()}"


def name(model_id: str, number: int) -> str:
    """A version for people."""
    return f"{model_id} (version {number})"
