"""What the model in production was trained on becomes the reference of drift.

reads   .dvc/cache          the events as they were at its training, by the hash that its run has
        data/processed      else the events of today, up to when it was registered
writes  data/reference/     recsys/drift/reference.py

A deployment never fails for it: what prevents it is said, and the former reference stays.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ops.deploy.site import Site
from recsys.program.errors import DataError, UserError
from recsys.registry import versions
from recsys.registry.versions import Version

if TYPE_CHECKING:
    import polars as pl

# the events, and those that a later one of the same user and product has replaced
EVENTS, REPLACED = (
    f"data/processed/{name}.parquet" for name in ("interactions", "replaced")
)
TAG = "dvc."  # of a model's run: before a path, whose hash it is (recsys/registry/lineage.py)


def follow(site: Site, model_id: str) -> None:
    """See to it that the reference is that of this model, which is in production."""
    if site.places is None or _whose(site.places.data) == model_id:
        return
    # here: a service's deployment without it costs no polars
    from recsys.drift import reference

    version = versions.find(site.client, model_id)
    try:
        if version is None:
            raise DataError(f"{model_id} is not in the registry")
        events = trained_on(site, version)
        folder = site.places.data / "reference"
        made = reference.write(folder, events, "deployment", model_id)
    except UserError as error:
        print(f"The reference of drift stays as it is: {error}")
        return
    print(f"Reference of drift: {made.events:,} events to {made.until[:10]}.")


def trained_on(site: Site, version: Version) -> "pl.DataFrame":
    """The events that the model was trained on. DataError if there are none to be had."""
    from recsys.drift.events import read

    assert site.places  # noqa: S101 - `follow` has looked
    root = site.places.root
    if kept := _in_cache(site, version, root):
        return read(*kept)
    events = read(root / EVENTS, root / REPLACED)
    return events.filter(events["timestamp"] <= version.created_at)


def _in_cache(site: Site, version: Version, root: Path) -> list[Path]:
    """Where DVC keeps them, if it does; an older version of this program knew of none replaced."""
    from mlflow.exceptions import MlflowException

    if not version.run_id:
        return []
    try:
        tags = site.client.get_run(version.run_id).data.tags
    except MlflowException:  # the run was deleted
        return []
    named = [
        tags[f"{TAG}{path}"] for path in (EVENTS, REPLACED) if f"{TAG}{path}" in tags
    ]
    paths = [root / ".dvc/cache/files/md5" / md5[:2] / md5[2:] for md5 in named]
    known = f"{TAG}{EVENTS}" in tags and all(path.is_file() for path in paths)
    return paths if known else []


def _whose(data: Path) -> str | None:
    """The model of the reference; None if there is none, or it is torn."""
    from recsys.drift import reference

    try:
        found = reference.read(data / "reference")
    except DataError:
        return None
    return found.model_id if found else None
