"""What is in production since when and how it got there, and what waits in Staging.

reads   state/runner.db (deployments, verdicts, approvals), mlruns/mlflow.db, releases/current
writes  nothing
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ops.deploy import deployment_log, production, registered, verdicts
from ops.deploy.production import Deployment
from ops.deploy.verdicts import Approval, Kept
from ops.explain.moments import Clock
from recsys.program import place
from recsys.registry.versions import Version
from recsys.shared_store import address

DONE = {"promote": "promoted", "rollback": "rolled back to"}
PROMOTE = "`python runner.py promote`"
TO_FINISH = f"{PROMOTE} finishes it"
NOT_YET = "not judged yet; `python runner.py promote --dry-run` asks the gate"
PENDING = (
    "the service has not confirmed it: the next health check does when it is up, "
    f"or {PROMOTE}"
)


@dataclass(frozen=True)
class Live:
    """The model in production, and what a person may want to know of its coming."""

    deployment: Deployment  # the newest one that put it there
    since: datetime  # it has been there without a break
    approval: Approval | None  # of a person, where the gate had held it


def live(db: Path) -> Live | None:
    """What is in production by the deployment log; None before the first deployment. StoreError if
    the log cannot be read.
    """
    rows = deployment_log.rows(db)
    top = production.in_production(rows)
    if top is None:
        return None
    return Live(top, _since(production.deployments(rows), top), _approval(db, top))


def _since(deployments: Sequence[Deployment], top: Deployment) -> datetime:
    """When the model came that is there now: it may have been deployed again since."""
    since = top.at
    for deployment in reversed(deployments):
        if deployment.status in ("started", "failed"):
            continue
        if deployment.model_id != top.model_id:
            break
        since = deployment.at
    return since


def _approval(db: Path, top: Deployment) -> Approval | None:
    if "approved by" not in top.verdict:
        return None
    of_it = [one for one in verdicts.approvals(db) if one.model_id == top.model_id]
    return next((one for one in reversed(of_it) if one.at <= top.at), None)


def how(found: Live, clock: Clock) -> list[str]:
    """How it got there, a line a fact."""
    top = found.deployment
    who = f" by {top.who}" if top.who else ""
    before = f" in place of {top.former_model_id}" if top.former_model_id else ""
    lines = [f"{DONE.get(top.action, top.action)}{who}{before}: {_status(top)}"]
    if top.verdict:
        lines.append(top.verdict)
    if found.approval:
        at = clock.at(found.approval.at)
        lines.append(f"approved by {found.approval.by} {at}: {found.approval.reason}")
    return lines


def _status(top: Deployment) -> str:
    words = {"pending": f"pending, {PENDING}", "promoted": "no service to ask"}
    return words.get(top.status, top.detail or top.status)


def elsewhere(root: Path, mlruns: Path, db: Path) -> str:
    """What another machine of a shared registry has put into production since, released here too,
    in words; "" if that is none. StoreError if the registry cannot be read.
    """
    found = registered.split(mlruns, production.in_production(deployment_log.rows(db)))
    version = found.version if found and found.is_elsewhere else None
    if version is None or version.model_id != registered.pointed_at(root / "releases"):
        return ""
    return (
        f"{version.model_id} (version {version.number}), promoted by another machine; "
        f"releases/current names it"
    )


# ---- what is not as it should be ----
def trouble_here(db: Path) -> list[str]:
    """What was begun here and not ended, and a last try that failed."""
    tried = production.deployments(deployment_log.rows(db))[-1:]
    return [
        *_interrupted(db),
        *(
            f"the last try failed: {one.action} of {one.model_id}: {one.detail}"
            for one in tried
            if one.status == "failed"
        ),
    ]


def _interrupted(db: Path) -> list[str]:
    left = production.interrupted(deployment_log.rows(db))
    if left is None:
        return []
    return [f"the {left.action} of {left.model_id} was interrupted; {TO_FINISH}"]


def trouble(root: Path, mlruns: Path, db: Path) -> list[str]:
    """The same, and what `apart` says. StoreError if the registry cannot be read."""
    return [*trouble_here(db), *apart(root, mlruns, db)]


def open_ends(root: Path, mlruns: Path, db: Path) -> list[str]:
    """What a promotion sees to though no model waits. StoreError as of `trouble`."""
    top = production.in_production(deployment_log.rows(db))
    unconfirmed = [PENDING] if top and top.status == "pending" else []
    return [*_interrupted(db), *apart(root, mlruns, db), *unconfirmed]


def apart(root: Path, mlruns: Path, db: Path) -> list[str]:
    """Registry and pointer if they name another model than the log, or if the registry, or
    releases/, has lost what is live. StoreError if the registry cannot be read.
    """
    top, said = production.in_production(deployment_log.rows(db)), list[str]()
    releases = root / "releases"
    champion, current = registered.champion(mlruns), registered.pointed_at(releases)
    is_followed = address.shared() and champion and champion.model_id == current
    if is_followed:  # another machine has promoted it, and it was released here
        return said
    split = registered.split(mlruns, top)
    if split:
        said.append(f"{split.seen}; {split.step}")
    if top and current not in (None, top.model_id):
        said.append(
            f"releases/current names {current}: a service that reads it serves that; "
            f"{PROMOTE} mends it"
        )
    if top and not split and (lacks := registered.unreleased(releases, top.model_id)):
        mend = place.BACK if place.away(releases) else f"{PROMOTE} mends it"
        said.append(f"{lacks}: a service that starts has no model; {mend}")
    return said


# ---- Staging ----
@dataclass(frozen=True)
class Waiting:
    """The version in Staging, with the gate's newest verdict on it."""

    version: Version
    kept: Kept | None

    @property
    def verdict(self) -> str:
        """In words; what is to be done where there is none."""
        if self.kept is None:
            return self.version.verdict or NOT_YET
        first = next(iter(self.kept.reasons), "")
        return f"gate: {self.kept.decision}, {first}"


def waiting(mlruns: Path, db: Path) -> Waiting | None:
    """What waits for promotion; None if nothing does. StoreError if it cannot be read."""
    version = registered.challenger(mlruns)
    if version is None:
        return None
    return Waiting(version, verdicts.latest(db, version.model_id))
