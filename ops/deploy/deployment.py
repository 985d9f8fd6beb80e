"""The steps that a promotion and a rollback share.

They say what is meant in the deployment log, tell the service, move the registry, and write the
outcome down. Whatever a kill leaves is finished by the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ops.deploy import deployment_log, production, releases, service_client
from ops.deploy.deployment_log import Action, Status
from ops.deploy.production import Deployment
from recsys.program import params as parameters
from recsys.program.errors import DataError, ServiceError
from recsys.registry import store, versions
from recsys.serving import token

if TYPE_CHECKING:
    from mlflow import MlflowClient

ROLL_BACK = "Roll back with: python runner.py rollback"


@dataclass(frozen=True)
class Site:
    """Where a deployment happens."""

    client: "MlflowClient"
    db: Path  # of the deployment log
    service: service_client.Service | None
    clock: Callable[[], datetime]  # aware UTC
    places: releases.Places | None = None  # of releases; None where none are kept


# ---- one deployment ----
def deploy(
    site: Site,
    action: Action,
    target: versions.Version,
    former: versions.Version | None,
) -> None:
    """Write down the intent and carry it out. ServiceError if the service refused the model."""
    intent = deployment_log.Intent(
        action=action,
        model_id=target.model_id,
        version=target.number,
        former_model_id=former.model_id if former else None,
        former_version=former.number if former else None,
        model_created_at=target.created_at,
    )
    number = deployment_log.begin(site.db, intent, site.clock())
    _carry_out(site, _deployment(site, number))


def _carry_out(site: Site, deployment: Deployment) -> None:
    _publish(site, deployment)
    status, detail = _tell(site, deployment)
    _move(site, deployment)
    deployment_log.finish(site.db, deployment.id, status, detail, site.clock())
    print(report(site, _deployment(site, deployment.id)))


def _publish(site: Site, deployment: Deployment) -> None:
    """Publish the release. DataError if it cannot be made; the deployment has then failed."""
    if site.places is None:
        return
    try:
        releases.publish(site.places, deployment.model_id)
    except DataError as error:
        deployment_log.finish(
            site.db, deployment.id, "failed", str(error), site.clock()
        )
        raise DataError(
            f"{deployment.action} of {name(deployment.model_id, deployment.version)} failed: "
            f"{error}. The registry is unchanged"
        ) from None


def _tell(site: Site, deployment: Deployment) -> tuple[Status, str]:
    """What the service makes of it, with a reason.

    ServiceError if it fails; the former model is then loaded again.
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


def _move(site: Site, deployment: Deployment) -> None:
    """Move the registry, then releases/current. Idempotent; what a rollback leaves is marked first,
    so that it is not staged again.
    """
    if deployment.action == "rollback" and deployment.former_version is not None:
        versions.mark_rolled_back(site.client, deployment.former_version)
    versions.set_production(site.client, deployment.version)
    if site.places is not None:
        releases.point(site.places, deployment.model_id)


def _deployment(site: Site, number: int) -> Deployment:
    deployments = production.deployments(deployment_log.rows(site.db))
    return next(deployment for deployment in deployments if deployment.id == number)


# ---- what an earlier run left open ----
def finish_interrupted(site: Site) -> Deployment | None:
    """Finish the deployment that a killed process left open; it with its outcome, None if none is.

    If the registry had begun to move, the service (if any) has still to confirm. If not, it is
    carried out now, unless its model is no longer the challenger (promote) or is gone (rollback):
    then it has failed.
    """
    left = production.interrupted(deployment_log.rows(site.db))
    if left is None:
        return None
    print(
        f"Finishing first the {left.action} of {name(left.model_id, left.version)} "
        f"that was interrupted at {left.at:%Y-%m-%d %H:%M:%S} UTC."
    )
    if _is_of(versions.champion(site.client), left):
        _finish_moved(site, left)
    elif _is_wanted(site.client, left):
        _carry_out(site, left)
    else:
        _write_off(site, left)
    return _deployment(site, left.id)


def _is_of(version: versions.Version | None, deployment: Deployment) -> bool:
    if version is None:
        return False
    wanted = (deployment.version, deployment.model_id)
    return (version.number, version.model_id) == wanted


def _is_wanted(client: "MlflowClient", left: Deployment) -> bool:
    if left.action == "promote":
        return _is_of(versions.challenger(client), left)
    return any(_is_of(version, left) for version in versions.versions(client))


def _finish_moved(site: Site, left: Deployment) -> None:
    _move(site, left)
    status: Status = "pending" if site.service else "promoted"
    detail = "was interrupted, finished by a later run"
    deployment_log.finish(site.db, left.id, status, detail, site.clock())


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
    top = production.in_production(rows)
    if site.service is None or top is None or top.status != "pending":
        return False
    if not _is_of(versions.champion(site.client), top):
        return False
    if site.service.online():
        targets = production.rollback_targets(rows)
        _confirm(site, site.service, top, targets[0].model_id if targets else None)
    print(report(site, _deployment(site, top.id)))
    return True


def _confirm(
    site: Site, service: service_client.Service, top: Deployment, former: str | None
) -> None:
    try:
        service.load(top.model_id)
    except ServiceError as error:
        detail = f"{error}; {_restore(service, former)}"
        deployment_log.confirm(site.db, top.id, "failed", detail, site.clock())
        raise ServiceError(
            f"{name(top.model_id, top.version)} is in Production in the registry, but "
            f"{detail}. {ROLL_BACK}"
        ) from None
    detail = f"{service.url} serves it"
    deployment_log.confirm(site.db, top.id, "verified", detail, site.clock())


# ---- words ----
def name(model_id: str, number: int) -> str:
    """A version for people."""
    return f"{model_id} (version {number})"


def report(site: Site, deployment: Deployment) -> str:
    """One or two lines: what is in production, what was before, and what to do next."""
    words = [
        f"Production: {name(deployment.model_id, deployment.version)}, {_former(deployment)}"
    ]
    if deployment.status == "verified" and site.service:
        words.append(f"{site.service.url} serves it.")
    if production.rollback_targets(deployment_log.rows(site.db)):
        words.append(ROLL_BACK)
    line = " ".join(words)
    if deployment.status != "pending":
        return line
    return (
        f"{line}\nPending: {deployment.detail}; when the service is up, run "
        f"`python runner.py promote` again to have it confirmed."
    )


def _former(deployment: Deployment) -> str:
    if deployment.former_model_id is None:
        return "the first one."
    return f"before: {deployment.former_model_id} (version {deployment.former_version}, archived)."


# ---- the command line, shared with rollback ----
def under_lock(
    action: Callable[[Site], None], params: Path, mlruns: Path, state: Path
) -> None:
    """Do `action` under the registry's lock. ConfigError, StoreError, InstanceError may come."""
    service = service_client.service(
        parameters.load(service_client.Params, "deploy", params),
        lambda: token.token(state),
    )
    if not store.exists(mlruns):
        print(
            f"No model is registered yet ({mlruns} holds no store); run `dvc repro` first."
        )
        return
    with store.reachable(mlruns), store.locked(mlruns):
        site = Site(
            client=store.client(mlruns),
            db=state / deployment_log.DATABASE,
            service=service,
            clock=lambda: datetime.now(UTC),
            places=releases.Places(mlruns.parent),
        )
        action(site)
