"""The versions in the model registry: which one is the champion, which one waits in Staging.

reads   mlruns/mlflow.db      registered model `recommender`
writes  mlruns/mlflow.db      (by MLflow)

The alias `champion` is the truth (one row by construction); the stages are moved with it, because
users look at stages. Whoever changes stages or aliases holds `store.locked`: MLflow's own archiving
of the former Production leaves several of them when two processes promote at once. No history is
kept here: the ledger has it (state/runner.db).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recsys.program.errors import StoreError

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = "recommender"
CHAMPION = "champion"
CHALLENGER = "challenger"
ROLLED_BACK = "rolled_back"  # a tag
VERDICT = "verdict"  # a tag
PAGE_SIZE = 1000  # versions that are asked for at once
# what MLflow says of a model, a version or an alias that is not there
NONE_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True)
class Version:
    """One version of the registered model."""

    number: int
    model_id: str  # "" if someone registered it by hand without the tag
    model_type: str  # als | bpr | blend
    stage: str  # None | Staging | Production | Archived
    run_id: str
    created_at: datetime  # UTC
    rolled_back: bool  # it was in production and was left by a rollback
    verdict: str = ""  # of whoever judged it, in words


# ---- reading the registry ----
def versions(client: "MlflowClient") -> list[Version]:
    """All registered versions, oldest first; [] if nothing was registered yet."""
    rows: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(
            f"name='{MODEL}'", max_results=PAGE_SIZE, page_token=token
        )
        rows.extend(page)
        token = page.token
        if not token:
            return sorted(map(_version, rows), key=lambda version: version.number)


def _version(row: Any) -> Version:
    return Version(
        number=int(row.version),
        model_id=row.tags.get("model_id", ""),
        model_type=row.tags.get("model_type", ""),
        stage=row.current_stage or "None",
        run_id=row.run_id or "",
        created_at=datetime.fromtimestamp(row.creation_timestamp / 1000, UTC),
        rolled_back=row.tags.get(ROLLED_BACK) == "true",
        verdict=row.tags.get(VERDICT, ""),
    )


def find(client: "MlflowClient", model_id: str) -> Version | None:
    """The newest version of the model `model_id`, or None."""
    same = [version for version in versions(client) if version.model_id == model_id]
    return same[-1] if same else None


def champion(client: "MlflowClient") -> Version | None:
    """The version in production, by its alias; None if nothing was promoted yet."""
    return _aliased(client, CHAMPION)


def challenger(client: "MlflowClient") -> Version | None:
    """The version that waits for promotion; None if there is none.

    By its alias, else the newest that was staged by hand.
    """
    aliased = _aliased(client, CHALLENGER)
    if aliased is not None:
        return aliased
    staged = [version for version in versions(client) if version.stage == "Staging"]
    waiting = [version for version in staged if not version.rolled_back]
    return waiting[-1] if waiting else None


def unstaged(client: "MlflowClient") -> Version | None:
    """The newest version if it was never staged: it was not above popularity when it was made."""
    newest = versions(client)[-1:]
    return next((one for one in newest if one.stage == "None" and one.model_id), None)


def _aliased(client: "MlflowClient", alias: str) -> Version | None:
    """The version that an alias names; None if it names none. (All aliases come only with all
    versions, which takes ten times as long.)
    """
    ask = client.get_model_version_by_alias
    return _if_any(lambda: ask(MODEL, alias))


def _if_any(ask: Callable[[], Any]) -> Version | None:
    """The version that MLflow gives; None if it says that there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return _version(ask())
    except MlflowException as error:
        if error.error_code not in NONE_THERE:
            raise
        return None


def _is(version: Version | None, number: int) -> bool:
    return version is not None and version.number == number


def existing(client: "MlflowClient", number: int) -> Version:
    """The version of this number. StoreError if there is none."""
    version = _if_any(lambda: client.get_model_version(MODEL, str(number)))
    if version is None:
        raise StoreError(
            f"the registry has no version {number} of {MODEL}; "
            f"`python runner.py status` shows which there are"
        )
    return version


# ---- changing the registry: the caller holds `locked` ----
def stage(client: "MlflowClient", number: int) -> bool:
    """Make version `number` the challenger, in Staging; archive any other in Staging. Idempotent.

    False, and nothing changes, if it is in Production already or was rolled back. The alias moves
    first: after a kill between two calls it names the right version, and a second call mends the
    stages.
    """
    version = existing(client, number)
    is_champion = version.stage == "Production" or _is(champion(client), number)
    if version.rolled_back or is_champion:
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
    version = existing(client, number)
    client.set_registered_model_alias(MODEL, CHAMPION, str(number))
    _move(client, version, "Production")
    _archive_others(client, number, "Production")
    if version.rolled_back:
        unmark_rolled_back(client, number)
    if _is(_aliased(client, CHALLENGER), number):
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
        warnings.filterwarnings(
            "ignore", ".*transition_model_version_stage.*", FutureWarning
        )
        client.transition_model_version_stage(MODEL, str(version.number), stage)
