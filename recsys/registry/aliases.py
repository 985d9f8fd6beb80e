"""Which model an alias of the registry names, without MLflow (its import takes 3 s).

reads   mlruns/mlflow.db      the tables that recsys/registry/schema.sql has; or a shared store
"""

from pathlib import Path

from recsys.files import sqlite
from recsys.registry.store import DATABASE
from recsys.registry.versions import MODEL
from recsys.shared_store import address

ADVICE = "restore it from a copy, or move it away and run `make repro`"
QUERY = f"""
SELECT alias.alias, tag.value FROM registered_model_aliases AS alias
JOIN model_version_tags AS tag ON tag.name = alias.name AND tag.version = alias.version
WHERE alias.name = '{MODEL}' AND tag.key = 'model_id'
"""  # noqa: S608 - a constant


def model_ids(mlruns: Path) -> dict[str, str]:
    """The model id that each alias names; {} if there is no registry yet.

    StoreError if it cannot be read.
    """
    if there := address.shared():
        from recsys.registry import remote  # here: a local store does without

        return remote.model_ids(there)
    table = "registered_model_aliases"
    return dict(sqlite.read_rows(mlruns / DATABASE, table, QUERY, ADVICE))
