"""The MLflow store and the model registry in it: which version is the champion, which one waits in
Staging.

reads   mlruns/mlflow.db      SQLite, WAL; experiment `recommender`, registered model `recommender`
writes  mlruns/mlflow.db, mlruns/artifacts/ (by MLflow)

The alias `champion` is the truth (one row by construction); the stages are moved with it, because
users look at stages. Whoever changes stages or aliases holds `locked`: MLflow's own archiving of
the former Production leaves several of them when two processes promote at once. No history is kept
here: the ledger has it (state/runner.db).
"""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recsys.program.errors import StoreError

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = "recommender"
CHAMPION = "champion"
CHALLENGER = "challenger"
ROLLED_BACK = "rolled_back"


@dataclass(frozen=True)
class Version:
    """One version of the registered model."""

    number: int
    model_id: str  # "" if someone registered it by hand without the tag
    model_type: str  # als | bpr
    stage: str  # None | Staging | Production | Archived
    run_id: str
    created_at: datetime  # UTC
    rolled_back: bool  # it was in production and was left by a rollback


# ---- reading the registry ----
def versions(client: "MlflowClient") -> list[Version]:
    """All registered versions, oldest first; [] if nothing was registered yet."""
    found: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(f"name='{MODEL}'", max_results=1000, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return sorted(map(_version, found), key=lambda version: version.number)


def _version(raw: Any) -> Version:
    return Version(
        number=int(raw.version),
        model_id=raw.tags.get("model_id", ""),
        model_type=raw.tags.get("model_type", ""),
        stage=raw.current_stage or "None",
        run_id=raw.run_id or "",
        created_at=datetime.fromtimestamp(raw.creation_timestamp / 1000, UTC),
        rolled_back=raw.tags.get(ROLLED_BACK) == "true",
    )


def find(client: "MlflowClient", model_id: str) -> Version | None:
    """The newest version of the model `model_id`, or None."""
    same = [version for version in versions(client) if version.model_id == model_id]
    return same[-1] if same else None


def champion(client: "MlflowClient") -> Version | None:
    """The version in production, by its alias; None if nothing was promoted yet."""
    return _by_number(client, _aliases(client).get(CHAMPION))


def challenger(client: "MlflowClient") -> Version | None:
    """The version that waits for promotion: by its alias, else the newest that was staged by hand."""
    aliased = _by_number(client, _aliases(client).get(CHALLENGER))
    if aliased is not None:
        return aliased
    staged = [each for each in versions(client) if each.stage == "Staging" and not each.rolled_back]
    return staged[-1] if staged else None


def _aliases(client: "MlflowClient") -> dict[str, int]:
    """alias -> version number. (`search_model_versions` returns none of them.)"""
    for model in client.search_registered_models(f"name='{MODEL}'"):
        return {alias: int(number) for alias, number in model.aliases.items()}
    return {}


def _by_number(client: "MlflowClient", number: int | None) -> Version | None:
    return next((version for version in versions(client) if version.number == number), None)


def _existing(client: "MlflowClient", number: int) -> Version:
    version = _by_number(client, number)
    if version is None:
        raise StoreError(
            f"the registry has no version {number} of {MODEL}; `python runner.py status` shows which there are"
        )
    return version


# ---- changing the registry: the caller holds `locked` ----
def stage(client: "MlflowClient", number: int) -> bool:
    """Make version `number` the challenger, in Staging; archive any other in Staging. Idempotent.

    False, and nothing changes, if it is in Production already or was rolled back. The alias moves
    first: after a kill between two calls it names the right version, and a second call mends the
    stages.
    """
    version = _existing(client, number)
    if (
        version.rolled_back
        or version.stage == "Production"
        or _aliases(client).get(CHAMPION) == number
    ):
        return False
    client.set_registered_model_alias(MODEL, CHALLENGER, str(number))
    _move(client, version, "Staging")
    _archive_others(client, number, "Staging")
    return True


def set_production(client: "MlflowClient", number: int) -> None:
    """Make version `number` the champion and the only one in Production. Idempotent.

    The alias moves first: after a kill between two calls it names the right version, and a second
    call mends the rest. The alias `challenger` goes last, so that a promotion that was cut short is
    found again.
    """
    version = _existing(client, number)
    client.set_registered_model_alias(MODEL, CHAMPION, str(number))
    _move(client, version, "Production")
    _archive_others(client, number, "Production")
    if version.rolled_back:
        unmark_rolled_back(client, number)
    if _aliases(client).get(CHALLENGER) == number:
        client.delete_registered_model_alias(MODEL, CHALLENGER)


def mark_rolled_back(client: "MlflowClient", number: int) -> None:
    """Tag the version so that it is not staged again."""
    client.set_model_version_tag(MODEL, str(number), ROLLED_BACK, "true")


def unmark_rolled_back(client: "MlflowClient", number: int) -> None:
    """Let the version be staged again."""
    client.set_model_version_tag(MODEL, str(number), ROLLED_BACK, "false")


def _archive_others(client: "MlflowClient", number: int, stage: str) -> None:
    for other in versions(client):
        if other.number != number and other.stage == stage:
            _move(client, other, "Archived")


def _move(client: "MlflowClient", version: Version, stage: str) -> None:
    """One change of stage; the API is deprecated in favour of aliases, which we set too."""
    if version.stage == stage:
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*transition_model_version_stage.*", FutureWarning)
        client.transition_model_version_stage(MODEL, str(version.number), stage)
