"""What people are alerted of by a deployment: that it is done, pending or failed, and the verdicts.

writes  state/alerts.db

Pending and failed are illnesses of the cause `deployment`; whatever is in production and well later
ends them.
"""

from datetime import datetime
from pathlib import Path

from ops.alerts import outbox
from ops.deploy.production import Deployment
from ops.deploy.site import name
from recsys.statistics.gate import Verdict

CAUSE = "deployment"
# verdicts of deployments that the gate did not let through: people are warned of them
BY_HAND = "moved in the registry by hand"
FOUND = "found in the registry, not in the deployment log"
UNJUDGED = "not judged: the live model was not in the registry any more"
LEVELS: dict[str, outbox.Level] = {
    "PROMOTE": "info",
    "HOLD": "warning",
    "REJECT": "warning",
}


def outcome(state: Path, deployment: Deployment, now: datetime) -> None:
    """Tell what a deployment has come to: done, pending or failed."""
    what = name(deployment.model_id, deployment.version)
    if deployment.status == "failed":
        failed(state, f"the {deployment.action} of {what}", deployment.detail, now)
        return
    former = deployment.former_model_id
    if deployment.action == "rollback":
        text = f"rolled back to {what}, from {former}, by {deployment.who or 'unknown'}"
        outbox.news(state, "rollback", "warning", text, now)
    else:
        before = f"before: {former}" if former else "the first one"
        text = f"{what} is in production, {before}; {deployment.verdict}"
        is_odd = deployment.verdict.startswith((BY_HAND, FOUND, UNJUDGED))
        outbox.news(state, CAUSE, "warning" if is_odd else "info", text, now)
    served(state, deployment, now)


def failed(state: Path, what: str, why: str, now: datetime) -> None:
    """Tell that a deployment, or loading again what is in production, has failed."""
    outbox.ill(state, CAUSE, "critical", f"{what} failed: {why}", now)


def served(state: Path, deployment: Deployment, now: datetime) -> None:
    """Tell whether what is in production is served: pending is an illness, else it is well."""
    what = name(deployment.model_id, deployment.version)
    if deployment.status != "pending":
        text = f"{what} is in production: {deployment.detail}"
        outbox.well(state, CAUSE, text, now)
        return
    text = (
        f"{what} is in production, but not served yet: {deployment.detail}; it is confirmed when "
        "the service is up, or by `python runner.py promote`"
    )
    outbox.ill(state, CAUSE, "warning", text, now)


def verdict(state: Path, model_id: str, found: Verdict, now: datetime) -> None:
    """Tell a new verdict of the gate."""
    text = f"{found.decision} {model_id}: {found.reasons[0]}"
    outbox.news(state, "gate", LEVELS[found.decision], text, now)
