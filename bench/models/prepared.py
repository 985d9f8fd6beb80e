"""A shop's three CSVs as the models see them: merged, processed, embedded in a scratch folder."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.folder import read_pairs
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.files.tables import read_table, write_table
from stages import embed, merge, process

SAMPLE = Path("data/sample")


@dataclass(frozen=True)
class Prepared:
    """What training reads, and the test fold that only a bench may hold beside it."""

    inputs: Inputs
    test: csr_matrix  # (users, items)
    data: Path
    embeddings: Path


def shop_name(folder: Path) -> str:
    """What the tables call the shop in a folder."""
    return "sample" if folder == SAMPLE else folder.name


@contextmanager
def prepared(
    raw: Path,
    params: Path,
    change: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> Iterator[Prepared]:
    """The shop in the folder `raw`, by the sections merge, process and embed of `params`; with
    `change`, of what it makes of the interactions.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        data, embeddings = work / "processed", work / "items.npz"
        merge_into(work, raw, params)
        if change is not None:
            path = work / "merged" / "interactions.parquet"
            write_table(change(read_table(path)), path)
        process.main(work / "merged", work / "quality.bin", data, params)
        embed.main(
            work / "merged" / "products.parquet",
            work / "vectors.db",
            embeddings,
            params,
        )
        inputs = read_inputs(data, embeddings)
        test = read_pairs(data / "test.parquet", inputs.known.binary.shape)
        yield Prepared(inputs, test, data, embeddings)


def merged(raw: Path, params: Path) -> pl.DataFrame:
    """The interactions of the shop in the folder `raw`, as the stage merge writes them."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        merge_into(work, raw, params)
        return read_table(work / "merged" / "interactions.parquet")


def merge_into(work: Path, raw: Path, params: Path) -> None:
    """Run the stage merge on the folder `raw`; its outs go to `work`/merged."""
    staging, batches = work / "staging", work / "batches"
    for folder in (staging, batches):
        folder.mkdir()
    merge.main(raw, staging, batches, work / "merged", work / "merge.json", params)
