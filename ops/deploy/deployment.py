"""The steps that a promotion and a rollback share: say what is meant, tell the service, move the
registry, write the outcome down. Whatever a kill leaves is settled by the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ops.deploy import deployment_log, service_client
from ops.deploy.deployment_log import Action, Deployment, Status
from recsys.program import params as parameters
from recsys.program.errors import ServiceError
from recsys.registry import store, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class Site:
    """Where a deployment happens."""

    client: "MlflowClient"
    db: Path  # the ledger
    service: service_client.Service | None
    clock: Callable[[], datetime]  # aware UTC


# ---- one deployment, shared with rollback ----
def deploy(
    site: Site, action: Action, target: versions.Version, former: versions.Version | None
) -> None:
    """Write down the intent and carry it out. ServiceError if the service did not take the model."""
    intent = deployment_log.Intent(
        action,
        target.model_id,
        target.number,
        former.model_id if former else None,
        former.number if former else None,
        target.created_at,
    )
    number = deployment_log.begin(site.db, intent, site.clock())
    _carry_out(site, _deployment(site, number))


def _carry_out(site: Site, deployment: Deployment) -> None:
    status, detail = _tell(site, deployment)
    _move_registry(site.client, deployment)
    deployment_log.finish(site.db, deployment.id, status, detail, site.clock())
    print(report(site, _deployment(site, deployment.id)))


def _tell(site: Site, deployment: Deployment) -> tuple[Status, str]:
    """What the service makes of it, with a reason. ServiceError if it fails; the former model is
    restored.
    """
    if site.service is None:
        return "promoted", "no service configured"
    if not site.service.online():
        return "pending", f"{site.service.url} is offline"
    try:
        site.service.load(deployment.model_id)
    except ServiceError as error:
        detail = f"{error}; {_restore(site.service, deployment.former_model_id)}"
        deployment_log.finish(site.db, deployment.id, "failed", detail, site.clock())
        raise ServiceError(
            f"{deployment.action} of {name(deployment.model_id, deployment.version)} failed: "
            f"{detail}. The registry is unchanged"
        ) from None
    return "verified", f"{site.service.url} serves it"


def _restore(service: service_client.Service, former: str | None) -> str:
    """Send the service back to the model `former`, and say how that went. Never raises."""
    if former is None:
        return "there is no former model to go back to"
    try:
        service.load(former)
    except ServiceError as error:
        return f"the former model {former} could not be loaded again either: {error}"
    return f"the former model {former} is serving again"


def _move_registry(client: "MlflowClient", deployment: Deployment) -> None:
    """Idempotent; what a rollback leaves is marked first, so that it is not staged again."""
    if deployment.action == "rollback" and deployment.former_version is not None:
        versions.mark_rolled_back(client, deployment.former_version)
    versions.set_production(client, deployment.version)


def _deployment(site: Site, number: int) -> Deployment:
    return next(
        each
        for each in deployment_log.deployments(deployment_log.rows(site.db))
        if each.id == number
    )


# ---- what an earlier run left open ----
def settle_interrupted(site: Site) -> Deployment | None:
    """Finish the deployment that a killed process left open, if there is one; returns it with its
    outcome.

    If the registry had begun to move, the service (if any) has still to confirm. If not, it is
    carried out now, unless its model is no longer the challenger (promote) or is gone (rollback):
    then it has failed.
    """
    left = deployment_log.interrupted(deployment_log.rows(site.db))
    if left is None:
        return None
    print(
        f"Finishing first the {left.action} of {name(left.model_id, left.version)} that was interrupted at "
        f"{left.at:%Y-%m-%d %H:%M:%S} UTC."
    )
    if _is(versions.champion(site.client), left):
        _move_registry(site.client, left)
        status: Status = "pending" if site.service else "promoted"
        deployment_log.finish(
            site.db, left.id, status, "was interrupted, finished by a later run", site.clock()
        )
    elif _is_wanted(site.client, left):
        _carry_out(site, left)
    else:
        _write_off(site, left)
    return _deployment(site, left.id)


def _is(version: versions.Version | None, deployment: Deployment) -> bool:
    here = (deployment.version, deployment.model_id)
    return version is not None and (version.number, version.model_id) == here


def _is_wanted(client: "MlflowClient", left: Deployment) -> bool:
    if left.action == "promote":
        return _is(versions.challenger(client), left)
    return any(_is(version, left) for version in versions.versions(client))


def _write_off(site: Site, left: Deployment) -> None:
    detail = "was interrupted before the registry moved, and is no longer wanted"
    champion = versions.champion(site.client)
    if site.service and champion:
        detail += f"; {_restore(site.service, champion.model_id)}"
    deployment_log.finish(site.db, left.id, "failed", detail, site.clock())


def confirm_pending(site: Site) -> bool:
    """Ask the service again about a deployment that it has not confirmed; False if there is none.

    ServiceError if it is online now and cannot load the model: it is sent back to the last one that
    ran.
    """
    rows = deployment_log.rows(site.db)
    top = deployment_log.in_production(rows)
    if site.service is None or top is None or top.status != "pending":
        return False
    if not _is(versions.champion(site.client), top):
        return False
    if not site.service.online():
        print(report(site, top))
        return True
    try:
        site.service.load(top.model_id)
    except ServiceError as error:
        targets = deployment_log.rollback_targets(rows)
        former = targets[0].model_id if targets else None
        detail = f"{error}; {_restore(site.service, former)}"
        deployment_log.confirm(site.db, top.id, "failed", detail, site.clock())
        raise ServiceError(
            f"{name(top.model_id, top.version)} is in Production in the registry, but "
            f"{detail}. Roll back with: python runner.py rollback"
        ) from None
    deployment_log.confirm(
        site.db, top.id, "verified", f"{site.service.url} serves it", site.clock()
    )
    print(report(site, _deployment(site, top.id)))
    return True


# ---- words ----
def name(model_id: str, number: int) -> str:
    """A version for people."""
    return f"{model_id} (version {number})"


def report(site: Site, deployment: Deployment) -> str:
    """One or two lines: what is in production, what was before, and what to do next."""
    text = f"Production: {name(deployment.model_id, deployment.version)}, "
    if deployment.former_model_id is None:
        text += "the first one."
    else:
        text += (
            f"before: {deployment.former_model_id} (version {deployment.former_version}, archived)."
        )
    if deployment.status == "verified" and site.service:
        text += f" {site.service.url} serves it."
    if deployment_log.rollback_targets(deployment_log.rows(site.db)):
        text += " Roll back with: python runner.py rollback"
    if deployment.status == "pending":
        text += (
            f"\nPending: {deployment.detail}; when the service is up, run "
            f"`python runner.py promote` again to have it confirmed."
        )
    return text


# ---- the command line, shared with rollback ----
def run(action: Callable[[Site], None], params: Path, mlruns: Path, state: Path) -> None:
    """Do `action` under the registry's lock. ConfigError, StoreError, InstanceError as they come."""
    service = service_client.service(parameters.load(service_client.Params, "deploy", params))
    if not store.exists(mlruns):
        print(f"No model is registered yet ({mlruns} holds no store); run `dvc repro` first.")
        return
    with store.reachable(mlruns), store.locked(mlruns):
        action(
            Site(
                store.client(mlruns),
                state / deployment_log.DATABASE,
                service,
                lambda: datetime.now(UTC),
            )
        )
