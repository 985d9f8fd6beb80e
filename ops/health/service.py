"""The check of the service: is it up, and does it serve what is in production.

reads   GET /health and /model_info of the service, state/runner.db, state/service/
writes  state/runner.db: that a deployment which was pending is served by now; nothing else

It tells the service nothing. A service that is up is not enough: one that was started anew, or has
fallen back, may serve another model than customers are meant to get.
"""

from datetime import datetime
from pathlib import Path

from ops.deploy import deployment_log, production
from ops.deploy.production import Deployment
from ops.deploy.service_client import Service
from ops.health.checks import SERVICE, Check
from recsys.program.errors import DataError, ServiceError

WHO = "health check"
PROMOTE = "run `python runner.py promote` to load what is in production"


def check_service(
    service: Service | None, root: Path, state: Path, now: datetime
) -> Check:
    """ok, or critical with what is wrong. StoreError if the log cannot be read."""
    if service is None:
        return Check("service", "ok", "not configured", "", "", SERVICE)
    look = service.look()
    if look.verdict != "up":
        return _critical(service, look.verdict, look.why)
    try:
        service.check_health()
        top = production.in_production(
            deployment_log.rows(state / deployment_log.DATABASE)
        )
        served = _served(service, top)
        if top and top.status == "pending":
            _confirm(service, root, state, top, now)
    except (DataError, ServiceError) as error:
        return _critical(service, "wrong", str(error))
    return Check("service", "ok", served, _limit(service), "", SERVICE)


def _critical(service: Service, value: str, step: str) -> Check:
    return Check("service", "critical", value, _limit(service), step, SERVICE)


def _limit(service: Service) -> str:
    return f"serves what is in production, answers within {service.timeout_s:g} s"


def _served(service: Service, top: Deployment | None) -> str:
    """What it serves, in words. ServiceError if that is not what is in production."""
    if top is None:  # nothing was deployed yet: it is enough that it answers
        return f"{service.url} is up"
    info = service.info()
    if info.model_id != top.model_id:
        raise ServiceError(
            f"{service.url} serves {info.model_id}, but {top.model_id} is in production: {PROMOTE}"
        )
    info.check(top.model_id, f"{service.url}/model_info")
    return f"{service.url} serves {info.model_id}"


def _confirm(
    service: Service, root: Path, state: Path, top: Deployment, now: datetime
) -> None:
    # here: the release is read, with numpy, only where there is something to confirm
    from ops.deploy.confirm import look_on

    found = look_on(service, root, state, top)
    db = state / deployment_log.DATABASE
    deployment_log.confirm(db, top.id, "verified", found.detail, now, WHO)
