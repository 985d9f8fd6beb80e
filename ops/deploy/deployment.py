"""The steps that a promotion and a rollback share.

They say what is meant in the deployment log, tell the service and verify what it serves, move the
registry, and write the outcome down. Whatever a kill leaves is finished by the next one.
"""

from typing import TYPE_CHECKING

from ops.deploy import (
    announce,
    deployment_log,
    drift_reference,
    production,
    releases,
    verify,
)
from ops.deploy.deployment_log import Action, Status
from ops.deploy.production import Deployment
from ops.deploy.report import report
from ops.deploy.service_client import Service
from ops.deploy.site import Site, name
from recsys.program.errors import DataError, ServiceError
from recsys.registry import versions

if TYPE_CHECKING:
    from mlflow import MlflowClient

UNCHANGED = "The registry is unchanged"


# ---- one deployment ----
def deploy(
    site: Site,
    action: Action,
    target: versions.Version,
    former: versions.Version | None,
    verdict: str = "",
) -> None:
    """Write down the intent and carry it out. ServiceError if the service refused the model."""
    intent = deployment_log.Intent(
        action=action,
        model_id=target.model_id,
        version=target.number,
        former_model_id=former.model_id if former else None,
        former_version=former.number if former else None,
        model_created_at=target.created_at,
        who=site.who,
        verdict=verdict,
    )
    number = deployment_log.begin(site.db, intent, site.clock())
    _carry_out(site, _deployment(site, number))


def _carry_out(site: Site, deployment: Deployment) -> None:
    _publish(site, deployment)
    status, detail = _tell(site, deployment)
    _move(site, deployment)
    print(report(site, _ended(site, deployment, status, detail)))


def _ended(
    site: Site, deployment: Deployment, status: Status, detail: str
) -> Deployment:
    """Write the outcome down and tell people; the deployment with it."""
    deployment_log.finish(site.db, deployment.id, status, detail, site.clock())
    ended = _deployment(site, deployment.id)
    announce.outcome(site.state, ended, site.clock())
    return ended


def _publish(site: Site, deployment: Deployment) -> None:
    """Publish the release. DataError if it cannot be made; the deployment has then failed."""
    if site.places is None:
        return
    try:
        releases.publish(site.places, deployment.model_id)
    except DataError as error:
        raise DataError(_failed(site, deployment, str(error))) from None


def _tell(site: Site, deployment: Deployment) -> tuple[Status, str]:
    """What the service makes of it, with a reason.

    ServiceError if it is unclear whether there is one, and nothing was told then; or if it does not
    serve the model, and the former one is loaded again then.
    """
    service = site.service
    if service is None:
        return "promoted", "no service configured"
    look = service.look()
    if look.verdict == "down":
        return "pending", f"{service.url} is offline"
    if look.verdict == "unclear":
        detail = f"unclear whether the service is up: {look.why}; it was told nothing"
        raise ServiceError(_failed(site, deployment, detail)) from None
    try:
        wanted = verify.expected(site.places, deployment.model_id)
        found = verify.load(service, wanted, site.state)
    except (DataError, ServiceError) as error:
        detail = f"{error}; {restore(site, service, deployment.former_model_id)}"
        raise type(error)(_failed(site, deployment, detail)) from None
    return "verified", f"{service.url} serves it: {found}"


def _failed(site: Site, deployment: Deployment, detail: str) -> str:
    """Write the failure down; the message for people."""
    _ended(site, deployment, "failed", detail)
    what = name(deployment.model_id, deployment.version)
    return f"{deployment.action} of {what} failed: {detail}. {UNCHANGED}"


def restore(site: Site, service: Service, former: str | None) -> str:
    """Send the service back to the model `former`, and say how that went. Never raises."""
    if former is None:
        return "there is no former model to go back to"
    try:
        found = verify.load(service, verify.expected(site.places, former), site.state)
    except (DataError, ServiceError) as error:
        return f"the former model {former} could not be loaded again either: {error}"
    return f"the former model {former} is serving again ({found})"


def _move(site: Site, deployment: Deployment) -> None:
    """Move the registry, then releases/current and the reference of drift. Idempotent; what a
    rollback leaves is marked first, so that it is not staged again.
    """
    if deployment.action == "rollback":
        _mark_left(site, deployment)
    versions.set_production(site.client, deployment.version)
    if site.places is not None:
        releases.point(site.places, deployment.model_id)
    drift_reference.follow(site, deployment.model_id)


def _mark_left(site: Site, deployment: Deployment) -> None:
    """Mark what a rollback leaves, unless the registry does not have it any more."""
    wanted = (deployment.former_version, deployment.former_model_id)
    for version in versions.versions(site.client):
        if (version.number, version.model_id) == wanted:
            versions.mark_rolled_back(site.client, version.number)


def _deployment(site: Site, number: int) -> Deployment:
    deployments = production.deployments(deployment_log.rows(site.db))
    return next(deployment for deployment in deployments if deployment.id == number)


# ---- what an earlier run left open ----
def finish_interrupted(site: Site) -> Deployment | None:
    """Finish the deployment that a killed process left open; it with its outcome, None if none is.

    If the registry had begun to move, the service (if any) has still to confirm. If not, it is
    carried out now, unless its model is no longer the challenger (promote) or is gone (rollback),
    or another one is in production than the one that it was to replace: another machine has
    deployed meanwhile. Then it has failed.
    """
    left = production.interrupted(deployment_log.rows(site.db))
    if left is None:
        return None
    print(
        f"Finishing first the {left.action} of {name(left.model_id, left.version)} "
        f"that was interrupted at {left.at:%Y-%m-%d %H:%M:%S} UTC."
    )
    champion = versions.champion(site.client)
    if is_of(champion, left):
        _finish_moved(site, left)
    elif _replaces(left, champion) and _is_wanted(site.client, left):
        _carry_out(site, left)
    else:
        _write_off(site, left)
    return _deployment(site, left.id)


def is_of(version: versions.Version | None, deployment: Deployment) -> bool:
    """Whether a deployment is of this version."""
    if version is None:
        return False
    wanted = (deployment.version, deployment.model_id)
    return (version.number, version.model_id) == wanted


def _replaces(left: Deployment, champion: versions.Version | None) -> bool:
    """Whether what was in production then still is."""
    return left.former_version == (champion.number if champion else None)


def _is_wanted(client: "MlflowClient", left: Deployment) -> bool:
    if left.action == "promote":
        return is_of(versions.challenger(client), left)
    return any(is_of(version, left) for version in versions.versions(client))


def _finish_moved(site: Site, left: Deployment) -> None:
    _move(site, left)
    status: Status = "pending" if site.service else "promoted"
    detail = "was interrupted, finished by a later run"
    _ended(site, left, status, detail)


def _write_off(site: Site, left: Deployment) -> None:
    detail = "was interrupted before the registry moved, and is no longer wanted"
    champion = versions.champion(site.client)
    if site.service and champion:
        detail += f"; {restore(site, site.service, champion.model_id)}"
    _ended(site, left, "failed", detail)
