"""What is in production is asked for again: deployments that are pending, and a service that has
fallen back to another model.
"""

from dataclasses import replace
from pathlib import Path

from ops.deploy import announce, deployment_log, production, releases, verify
from ops.deploy.deployment import is_of, restore
from ops.deploy.production import Deployment
from ops.deploy.report import ROLL_BACK, report
from ops.deploy.service_client import Service
from ops.deploy.site import Site, name
from recsys.program.errors import DataError, ServiceError
from recsys.registry import versions


def confirm(site: Site) -> bool:
    """See to it that the service serves what is in production; False if nothing was to be done.

    A deployment that is pending is loaded and verified now; so is a model that the service has
    fallen back from. ServiceError if it is unclear whether the service is up, or if it cannot load
    the model: it is sent back to the last one that ran.
    """
    rows = deployment_log.rows(site.db)
    top = production.in_production(rows)
    if site.service is None or top is None:
        return False
    if not is_of(versions.champion(site.client), top):
        return False
    look = site.service.look()
    if look.verdict == "unclear":
        raise ServiceError(f"unclear whether the service is up: {look.why}")
    is_pending = top.status == "pending"
    if look.verdict == "up":
        if not is_pending and _serves(site.service, top.model_id):
            return False
        targets = production.rollback_targets(rows)
        _load(site, site.service, top, targets[0].model_id if targets else None)
    elif not is_pending:
        return False
    current = production.in_production(deployment_log.rows(site.db))
    print(report(site, current or top))
    return True


def _serves(service: Service, model_id: str) -> bool:
    """Whether it says that it serves the model; of an older service that is all there is."""
    info = service.info_if_any()
    return info is not None and info.model_id == model_id


def _load(site: Site, service: Service, top: Deployment, former: str | None) -> None:
    try:
        wanted = verify.expected(site.places, top.model_id)
        found = verify.load(service, wanted, site.state)
    except (DataError, ServiceError) as error:
        detail = f"{error}; {restore(site, service, former)}"
        deployment_log.confirm(
            site.db, top.id, "failed", detail, site.clock(), site.who
        )
        what = f"loading {name(top.model_id, top.version)} again"
        announce.failed(site.state, what, detail, site.clock())
        raise type(error)(
            f"{name(top.model_id, top.version)} is in Production in the registry, but "
            f"{detail}. {ROLL_BACK}"
        ) from None
    detail = f"{service.url} serves it: {found}"
    deployment_log.confirm(site.db, top.id, "verified", detail, site.clock(), site.who)
    confirmed = replace(top, status="verified", detail=detail)
    announce.served(site.state, confirmed, site.clock())


def look_on(service: Service, root: Path, state: Path, top: Deployment) -> Deployment:
    """What became of a pending deployment: it with its new status, if the service has it by now.

    The service is told nothing. ServiceError or DataError if it serves something else.
    """
    wanted = verify.expected(releases.Places(root), top.model_id)
    found = verify.verify(service, wanted, state)
    return replace(top, status="verified", detail=f"{service.url} serves it: {found}")
