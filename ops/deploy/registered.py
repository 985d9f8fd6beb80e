"""The versions of the registry, without MLflow (its import takes 3 s).

reads   mlruns/mlflow.db      the tables that recsys/registry/schema.sql has; or a shared store
        releases/current
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.deploy import agreement
from ops.deploy.agreement import Split
from ops.deploy.production import Deployment
from recsys.files import sqlite
from recsys.program import place
from recsys.registry.store import DATABASE
from recsys.registry.versions import (
    CHALLENGER,
    CHAMPION,
    MODEL,
    ROLLED_BACK,
    VERDICT,
    Version,
)
from recsys.shared_store import address

ADVICE = "restore it from a copy, or move it away and run `make repro`"


def _tag(key: str) -> str:
    tag = "tag.name = made.name AND tag.version = made.version"
    value = f"SELECT value FROM model_version_tags AS tag WHERE {tag} AND key = '{key}'"  # noqa: S608 - constants
    return f"coalesce(({value}), '')"


VERSIONS = f"""
SELECT version, {_tag("model_id")}, {_tag("model_type")}, coalesce(current_stage, 'None'),
       coalesce(run_id, ''), creation_time, {_tag(ROLLED_BACK)}, {_tag(VERDICT)}
FROM model_versions AS made WHERE name = '{MODEL}' ORDER BY version
"""  # noqa: S608 - constants
ALIASES = f"SELECT alias, version FROM registered_model_aliases WHERE name = '{MODEL}'"  # noqa: S608 - a constant


def versions(mlruns: Path) -> list[Version]:
    """All registered versions, oldest first; [] if there is no registry yet.

    StoreError if it cannot be read.
    """
    if there := address.shared():
        from recsys.registry import remote  # here: a local store does without

        return remote.versions(there)
    rows = sqlite.read_rows(mlruns / DATABASE, "model_versions", VERSIONS, ADVICE)
    return [_version(row) for row in rows]


def _version(row: tuple[Any, ...]) -> Version:
    number, model_id, model_type, stage, run_id, created, rolled_back, verdict = row
    return Version(
        number=int(number),
        model_id=model_id,
        model_type=model_type,
        stage=stage,
        run_id=run_id,
        created_at=datetime.fromtimestamp((created or 0) / 1000, UTC),
        rolled_back=rolled_back == "true",
        verdict=verdict,
    )


def aliases(mlruns: Path) -> dict[str, int]:
    """alias -> version number; {} if there is no registry yet. StoreError as `versions`."""
    if there := address.shared():
        from recsys.registry import remote  # here: a local store does without

        return remote.aliases(there)
    table = "registered_model_aliases"
    return dict(sqlite.read_rows(mlruns / DATABASE, table, ALIASES, ADVICE))


def champion(mlruns: Path) -> Version | None:
    """The version in production, by its alias; None if there is none. StoreError as `versions`."""
    number = aliases(mlruns).get(CHAMPION)
    return next((each for each in versions(mlruns) if each.number == number), None)


def challenger(mlruns: Path) -> Version | None:
    """The version that waits for promotion, as recsys/registry/versions.py finds it with MLflow."""
    known = versions(mlruns)
    number = aliases(mlruns).get(CHALLENGER)
    aliased = [version for version in known if version.number == number]
    staged = [
        version
        for version in known
        if version.stage == "Staging" and not version.rolled_back
    ]
    return next(iter([*aliased, *staged[::-1]]), None)


def split(mlruns: Path, top: Deployment | None) -> Split | None:
    """What differs between the registry and `top`, what the log has in production. StoreError as
    `versions`.
    """
    found = champion(mlruns)
    known = [] if found else versions(mlruns)
    return agreement.split(found, top, known, address.shared() is not None)


def pointed_at(releases: Path) -> str | None:
    """What releases/current says, as it stands; None if there is none."""
    try:
        return (
            (releases / "current").read_text(encoding="utf-8", errors="replace").strip()
        )
    except OSError:
        return None


def unreleased(releases: Path, live: str) -> str:
    """What a service lacks to serve the live model, in words; "" if nothing, or if releases/current
    names another one.
    """
    if told := place.away(releases):
        return f"{told}, though {live} is in production"
    current = pointed_at(releases)
    if current is None:
        return f"releases/current is missing, though {live} is in production"
    if current == live and not (releases / live).is_dir():
        return f"releases/{live} is missing, though it is in production"
    return ""
