"""What a deployment has come to, in one or two lines."""

from ops.deploy import deployment_log, production
from ops.deploy.production import Deployment
from ops.deploy.site import Site, name

ROLL_BACK = "Roll back with: python runner.py rollback"


def report(site: Site, deployment: Deployment) -> str:
    """What is in production, what was before, and what to do next."""
    words = [
        f"Production: {name(deployment.model_id, deployment.version)}, {_former(deployment)}"
    ]
    if deployment.status == "verified" and site.service:
        words.append(f"{deployment.detail}.")
    if production.rollback_targets(deployment_log.rows(site.db)):
        words.append(ROLL_BACK)
    line = " ".join(words)
    if deployment.status != "pending":
        return line
    return (
        f"{line}\nPending: {deployment.detail}; the next health check after the service "
        f"is up confirms it, or `python runner.py promote`."
    )


def _former(deployment: Deployment) -> str:
    if deployment.former_model_id is None:
        return "the first one."
    return f"before: {deployment.former_model_id} (version {deployment.former_version}, archived)."
