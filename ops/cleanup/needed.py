"""The models that something leads to: they stay, however old they are.

reads   state/runner.db (deployments, hearings), state/service/, releases/current, params.yaml (warm
        starts), models/<type>/, the registry's aliases; writes nothing
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.deploy import deployment_log, hearings, production
from recsys.models import manifest, offered
from recsys.program.errors import DataError
from recsys.registry import versions as registry
from recsys.serving import attestation, pointer

if TYPE_CHECKING:
    from mlflow import MlflowClient

WARM_STARTS = ("train_als", "train_bpr")  # sections of params.yaml


def models(
    client: "MlflowClient", root: Path, state: Path, tree: dict[str, Any]
) -> set[str]:
    """The ids of all models that must stay. StoreError if log or registry cannot be read."""
    db = state / deployment_log.DATABASE
    return {
        *of_the_log(deployment_log.rows(db)),
        *of_the_court(db),
        *of_aliases(client),
        *of_params(tree),
        *of_the_service(state),
        *of_the_pointer(root / "releases"),
        *of_the_stages(root / "models"),
    }


def of_the_log(rows: Sequence[deployment_log.Row]) -> set[str]:
    """In production, what can be rolled back to, and both sides of a deployment without outcome."""
    found = {deployment.model_id for deployment in production.stack(rows)}
    for deployment in production.deployments(rows):
        if deployment.status == "started":
            found |= {deployment.model_id, deployment.former_model_id or ""}
    return found - {""}


def of_the_court(db: Path) -> Iterator[str]:
    """The models of the cases that the court has open."""
    heard = hearings.last(db)
    for case in heard.cases.values() if heard else ():
        yield from (case.champion_id, case.other_id)


def of_aliases(client: "MlflowClient") -> Iterator[str]:
    """Whatever an alias names: ours, and those that somebody has set by hand."""
    by_number = {version.number: version for version in registry.versions(client)}
    for model in client.search_registered_models(f"name='{registry.MODEL}'"):
        for number in model.aliases.values():
            if int(number) in by_number:
                yield by_number[int(number)].model_id


def of_params(tree: dict[str, Any]) -> Iterable[str]:
    """The models that training begins at."""
    sections = [tree.get(name) for name in WARM_STARTS]
    found = [each.get("warm_start") for each in sections if isinstance(each, dict)]
    return [str(model_id) for model_id in found if model_id not in (None, "off", False)]


def of_the_service(state: Path) -> Iterator[str]:
    """What the workers of a service have said last that they serve, or were told to load."""
    for path in (state / attestation.FOLDER).glob("*.json"):
        try:
            said = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(said, dict) and isinstance(said.get("model_id"), str):
            yield said["model_id"]


def of_the_pointer(releases: Path) -> Iterator[str]:
    """The release that releases/current names."""
    try:
        current = pointer.current(releases)
    except DataError:
        return
    if current:
        yield current


def of_the_stages(folder: Path) -> Iterator[str]:
    """The models as the stages have written them last."""
    for path in folder.glob(f"*/{offered.MANIFEST}"):
        with suppress(DataError):
            yield manifest.read(path.parent).model_id
