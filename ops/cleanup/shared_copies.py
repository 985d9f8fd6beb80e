"""Copies of the models of a shared store that this machine needs no longer.

reads   mlruns/artifacts/ (recsys/registry/copies.py)
writes  nothing: ops/cleanup/command.py removes what is found here

Versions and runs of a shared store stay: another machine may have one in production, or go back to
it, and its deployment log is not to be seen from here.
"""

from collections import defaultdict
from pathlib import Path

from recsys.registry import copies

SAID = (
    "models of the shared store {} stay: other machines may need them; delete old versions and "
    "runs in its UI, then run `mlflow gc` where the server runs (docs/shared-stores.md)"
)


def unneeded(mlruns: Path, keep: int, needed: set[str]) -> list[Path]:
    """Copies beyond the newest `keep` models of each type, without those of `needed` models."""
    of_type: dict[str, list[str]] = defaultdict(list)
    found = copies.kept(mlruns)
    for _, model_id in found:
        known = of_type[model_id.rpartition("-")[0]]
        if model_id not in known:
            known.append(model_id)
    stay = needed.union(*(ids[:keep] for ids in of_type.values()))
    return [folder for folder, model_id in found if model_id not in stay]
