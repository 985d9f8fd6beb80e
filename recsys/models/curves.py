"""The training curves of all models as one table for `dvc plots`: a line a point.

A model's own curve.json has what its training reported, and not in every row the same: DVC draws
only tables whose rows have the same columns.
"""

from collections.abc import Mapping
from pathlib import Path

from recsys.files.atomic import read_json
from recsys.models.manifest import CURVE
from recsys.program.errors import DataError

STEPS = ("iteration", "epoch")
HEAD = "curve,step,value"


def curves_csv(folders: Mapping[str, Path]) -> str:
    """CSV text: `curve` is the model and what was reported, e.g. `bpr train_auc`; the points of a
    curve stand together, in their order. `folders` are those of the models, by name.

    DataError if a curve is missing or torn.
    """
    lines = [HEAD]
    for name, folder in folders.items():
        rows = _rows(folder / CURVE)
        values = dict.fromkeys(key for row in rows for key in row if key not in STEPS)
        lines += [
            f"{name} {value},{_step(row):g},{row[value]}"
            for value in values
            for row in rows
            if value in row
        ]
    return "\n".join([*lines, ""])


def _rows(path: Path) -> list[dict[str, float]]:
    found = read_json(path)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise DataError(f"{path}: no training curve; run `dvc repro` to make it")
    return found


def _step(row: Mapping[str, float]) -> float:
    return next((row[name] for name in STEPS if name in row), 0)
