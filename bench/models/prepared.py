"""A shop's three CSVs as the models see them: merged, processed, embedded by the stages in a
scratch folder.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scipy.sparse import csr_matrix

from recsys.dataset.folder import read_pairs
from recsys.dataset.training_inputs import Inputs, read_inputs
from stages import embed, merge, process


@dataclass(frozen=True)
class Prepared:
    """What training reads, and the test fold that only a bench may hold beside it."""

    inputs: Inputs
    test: csr_matrix  # (users, items)
    data: Path
    embeddings: Path


@contextmanager
def prepared(raw: Path, params: Path) -> Iterator[Prepared]:
    """The shop in the folder `raw`, by the sections merge, process and embed of `params`."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for part in ("staging", "batches"):
            (work / part).mkdir()
        merge.main(
            raw, work / "staging", work / "batches", work / "merged", work / "merge.json", params
        )
        process.main(work / "merged", work / "quality.bin", work / "processed", params)
        embed.main(
            work / "merged" / "products.parquet", work / "vectors.db", work / "items.npz", params
        )
        inputs = read_inputs(work / "processed", work / "items.npz")
        test = read_pairs(work / "processed" / "test.parquet", inputs.known.binary.shape)
        yield Prepared(inputs, test, work / "processed", work / "items.npz")
