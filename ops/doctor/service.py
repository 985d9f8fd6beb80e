"""The service: is it there, and does it serve what is in production. It is told nothing.

reads   params.yaml (deploy), GET /health and /model_info, state/runner.db
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ops.deploy import deployment_log, production
from ops.deploy.production import Deployment
from ops.doctor.finding import Finding, bad, ok, warning
from recsys.program import params as parameters
from recsys.program.errors import ServiceError

if TYPE_CHECKING:
    from ops.deploy.service_client import Service

SERVICE = ServiceError.exit_code
START = (
    "start it (`make serve`, or its systemd unit), then run `python runner.py health`"
)
LOAD = "`python runner.py promote` loads what is in production"


def service(params: Path, state: Path) -> Finding:
    """What it answers now."""
    section = parameters.read(params).get("deploy")
    if isinstance(section, dict) and section.get("service_url") == "":
        none = "none is told of deployments (deploy.service_url is empty)"
        return ok("service", none)
    from ops.deploy import service_client  # here: it loads requests

    rules = parameters.load(service_client.Params, "deploy", params)
    db = state / deployment_log.DATABASE
    top = production.in_production(deployment_log.rows(db))
    return asked(service_client.Service(rules.service_url, rules.timeout_s), top)


def asked(found: "Service", top: Deployment | None) -> Finding:
    """What a service answers, beside what is in production."""
    look = found.look()
    if look.verdict == "down":
        return bad("service", f"down: {look.why}", START, SERVICE)
    if look.verdict == "unclear":
        step = "read its log; it may be overloaded, or something else listens there"
        return bad("service", f"neither up nor down: {look.why}", step, SERVICE)
    info = found.info_if_any()
    serves = info.model_id if info else "no model"
    seen = f"{found.url} serves {serves}"
    if top and serves != top.model_id:
        return bad("service", f"{seen}; {top.model_id} is in production", LOAD, SERVICE)
    if top and top.status == "pending":
        step = "`python runner.py health` writes down that it serves it"
        return warning("service", f"{seen}; the deployment is still pending", step)
    return ok("service", seen)
