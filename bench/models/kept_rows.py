"""Lines of a table that are kept when they are measured, so that a run that was ended goes on.

<folder>/<table> <line>.npz     of each row its texts (rows, 5) and METRICS by seed, user and metric
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.house.imports import ROOT
from recsys.files.arrays import write_arrays
from recsys.files.atomic import sha256_of, sha256_of_json


def code() -> str:
    """The hash of all that makes a line but the data, 8 hex digits: a part of a table's name, so
    that no line of older code is taken for one of today's.
    """
    folders = (ROOT / "recsys", ROOT / "bench" / "models")
    files = [ROOT / "params.yaml", *(f for one in folders for f in one.rglob("*.py"))]
    return sha256_of_json(
        {str(f.relative_to(ROOT)): sha256_of(f) for f in sorted(files)}
    )[:8]


class Row(NamedTuple):
    """A line of a table of models."""

    name: str
    runs: Sequence[np.ndarray]  # METRICS of each test user, (users, metrics), by seed
    trials: str = ""
    fits: str = ""
    seconds: str = ""
    setting: str = ""

    def mean(self) -> np.ndarray:
        """METRICS of each test user, mean over seeds, (users, metrics) float64."""
        mean: np.ndarray = np.mean(self.runs, axis=0)
        return mean


class Kept(NamedTuple):
    """The rows of one table; nothing is kept without a folder."""

    folder: Path | None
    table: str

    def rows(self, line: str, make: Callable[[], list[Row]]) -> list[Row]:
        """The rows of a line as they were kept, else made anew and kept."""
        if self.folder is None:
            return make()
        path = self.folder / f"{self.table} {line}.npz"
        if not path.exists():
            self._write(path, make())
        with np.load(path) as arrays:
            texts = arrays["texts"].tolist()
            runs = [arrays[f"runs_{at}"] for at in range(len(texts))]
        return [
            Row(name, list(values), *told)
            for (name, *told), values in zip(texts, runs, strict=True)
        ]

    def _write(self, path: Path, rows: list[Row]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = np.array([[row.name, *row[2:]] for row in rows])
        runs = {f"runs_{at}": np.stack(row.runs) for at, row in enumerate(rows)}
        write_arrays(path, texts=texts, **runs)
