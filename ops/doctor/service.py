"""The service: is it there, and does it serve what is in production. It is told nothing.

reads   params.yaml (deploy), GET /health and /model_info, state/runner.db
"""

from pathlib import Path

from ops.deploy import deployment_log, production
from ops.doctor.finding import Finding, bad, ok, warning
from recsys.program import params as parameters
from recsys.program.errors import ServiceError

SERVICE = ServiceError.exit_code
START = (
    "start it (`make serve`, or its systemd unit), then run `python runner.py health`"
)
LOAD = "`python runner.py promote` loads what is in production"


def service(params: Path, state: Path) -> Finding:
    """What it answers now."""
    from ops.deploy import service_client  # here: it loads requests

    section = parameters.load(service_client.Params, "deploy", params)
    found = service_client.service(section)
    if found is None:
        return ok(
            "service", "none is told of deployments (deploy.service_url is empty)"
        )
    look = found.look()
    if look.verdict == "down":
        return bad("service", f"down: {look.why}", START, SERVICE)
    if look.verdict == "unclear":
        step = "read its log; it may be overloaded, or something else listens there"
        return bad("service", f"neither up nor down: {look.why}", step, SERVICE)
    info = found.info_if_any()
    db = state / deployment_log.DATABASE
    top = production.in_production(deployment_log.rows(db))
    serves = info.model_id if info else "no model"
    seen = f"{found.url} serves {serves}"
    if top and serves != top.model_id:
        return bad("service", f"{seen}; {top.model_id} is in production", LOAD, SERVICE)
    if top and top.status == "pending":
        step = "`python runner.py health` writes down that it serves it"
        return warning("service", f"{seen}; the deployment is still pending", step)
    return ok("service", seen)
