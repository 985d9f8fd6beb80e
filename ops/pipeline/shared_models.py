"""The models that training begins at, brought from a shared store before the stages run: a stage
asks no server.

reads   params.yaml (train_als, train_bpr: warm_start), models/, mlruns/
writes  mlruns/artifacts/ (recsys/registry/copies.py)
"""

from pathlib import Path

from recsys.program.command_line import PARAMS_FILE
from recsys.program.errors import ConfigError
from recsys.shared_store import address

SECTIONS = ("train_als", "train_bpr")


def bring(root: Path) -> None:
    """Nothing where the store is local, or where no training begins at a model."""
    if address.shared() is None:
        return
    for model_id in _wanted(root):
        # here: they load numpy, for few
        from recsys.registry import copies
        from recsys.serving import trained

        if model_id not in trained.ids(root / "models", root / "mlruns"):
            copies.bring(root / "mlruns", model_id)


def _wanted(root: Path) -> list[str]:
    from recsys.program.params import read  # here: it loads pydantic, for few

    try:
        tree = read(root / PARAMS_FILE)
    except ConfigError:  # the check of params.yaml says it
        return []
    sections = [tree.get(name) for name in SECTIONS]
    found = [each.get("warm_start") for each in sections if isinstance(each, dict)]
    return [each for each in found if isinstance(each, str) and each != "off"]
