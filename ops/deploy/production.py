"""What is in production, and what can be rolled back to: pure functions of the deployment log.

A promotion pushes its model on a stack, a rollback pops down to its target. The top of the stack is
in production; below it stays only what really ran.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ops.deploy.deployment_log import Action, Row, Status

# a `pending` deployment never ran: the service was offline
RAN = (
    "promoted",
    "verified",
)


@dataclass(frozen=True)
class Deployment:
    """An intent with its newest outcome."""

    id: int
    at: datetime  # of the intent
    action: Action  # promote | rollback
    model_id: str
    version: int
    former_model_id: str | None
    former_version: int | None
    status: Status
    detail: str
    model_created_at: datetime | None
    who: str = ""  # of the newest outcome
    verdict: str = ""

    @property
    def ran(self) -> bool:
        """Whether the model is known to have served, or there was no service to ask."""
        return self.status in RAN


@dataclass(frozen=True)
class _Layer:
    """A model in the stack, by the deployment that put it there (or back there)."""

    deployment: Deployment
    ran: bool


def deployments(rows: Sequence[Row]) -> list[Deployment]:
    """Each intent with its newest outcome, oldest first.

    A failed confirmation leaves a deployment as it was: `pending`, or running once.
    """
    by_intent: dict[int, Deployment] = {}
    for row in rows:
        if row.action == "release":
            continue
        if row.intent is None:
            by_intent[row.id] = _begun(row)
        elif row.intent in by_intent:
            by_intent[row.intent] = _with_outcome(by_intent[row.intent], row)
    return list(by_intent.values())


def _begun(row: Row) -> Deployment:
    return Deployment(
        id=row.id,
        at=row.at,
        action=row.action,
        model_id=row.model_id,
        version=row.version,
        former_model_id=row.former_model_id,
        former_version=row.former_version,
        status=row.status,
        detail=row.detail,
        model_created_at=row.model_created_at,
        who=row.who,
        verdict=row.verdict,
    )


def _with_outcome(before: Deployment, outcome: Row) -> Deployment:
    not_confirmed = (outcome.action, outcome.status) == ("confirm", "failed")
    status = before.status if not_confirmed else outcome.status
    return replace(before, status=status, detail=outcome.detail)


def interrupted(rows: Sequence[Row]) -> Deployment | None:
    """The newest deployment that was begun and has no outcome: its process was killed."""
    started = [
        deployment for deployment in deployments(rows) if deployment.status == "started"
    ]
    return started[-1] if started else None


def stack(rows: Sequence[Row]) -> list[Deployment]:
    """What is in production (last) over all that can be rolled back to, oldest first.

    A promotion pushes. A rollback pops down to its target and takes out every layer of the model
    that was left, so that nothing leads back to it. Below the top only what really ran stays;
    failures never get in.
    """
    layers: list[_Layer] = []
    for deployment in deployments(rows):
        if deployment.status in ("started", "failed"):
            continue
        changed = _popped if deployment.action == "rollback" else _pushed
        layers = changed(layers, deployment)
    return [layer.deployment for layer in layers]


def _pushed(layers: list[_Layer], promotion: Deployment) -> list[_Layer]:
    """The stack after a promotion; the same model again is one layer."""
    if layers and layers[-1].deployment.model_id == promotion.model_id:
        ran = layers[-1].ran or promotion.ran
        return [*layers[:-1], _Layer(promotion, ran)]
    below = [layer for layer in layers if layer.ran]
    return [*below, _Layer(promotion, promotion.ran)]


def _popped(layers: list[_Layer], rollback: Deployment) -> list[_Layer]:
    """The stack after a rollback; its target ran before, whatever the service says now."""
    models = [layer.deployment.model_id for layer in layers]
    places = [place for place, model in enumerate(models) if model == rollback.model_id]
    below = layers[: places[-1]] if places else layers
    gone = (rollback.former_model_id, rollback.model_id)
    kept = [
        layer for layer in below if layer.ran and layer.deployment.model_id not in gone
    ]
    return [*kept, _Layer(rollback, ran=True)]


def in_production(rows: Sequence[Row]) -> Deployment | None:
    """The deployment that is in production by the log; None before the first one."""
    layers = stack(rows)
    return layers[-1] if layers else None


def rollback_targets(
    rows: Sequence[Row], leaving: str | None = None
) -> list[Deployment]:
    """What can be rolled back to from the model `leaving`, nearest first.

    None stands for the model that is in production.
    """
    layers = stack(rows)
    left = leaving or (layers[-1].model_id if layers else None)
    return [
        deployment for deployment in reversed(layers) if deployment.model_id != left
    ]
