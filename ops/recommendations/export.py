"""`python runner.py export --out FILE`: the lists of all users, for those who load them elsewhere.

reads   what ops/recommendations/source.py says
writes  FILE.parquet or FILE.csv: user_id, rank, product_id, score, model_id; whole or not at all

The lists are those that the service gives, to the last bit. Rows without a user_id are the list of
users who are not known. Users are taken in blocks, so memory does not grow with them. Where
engine.name of params.yaml is spark, its executors make the lists of a parquet file: the same ones,
in the same order (recsys/spark/export.py).
"""

from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import typer

from ops.deploy.releases import Places
from ops.recommendations import tables
from ops.recommendations.recommend import Model
from ops.recommendations.source import choose
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.progress import bar
from recsys.ranking.top_k import in_blocks
from recsys.serving.recommender import Answer, Recommender, Wish
from recsys.spark.params import Params as Engine
from recsys.spark.params import engine as engine_params

SCRATCH = Path("state/export")  # Spark's; its workers must see it
Length = Annotated[int, typer.Option("--k", "-k", min=1, max=1000, help="Of a list.")]
Out = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="Ends in .parquet or .csv.")
]
From = Annotated[
    Path, typer.Option("--from", metavar="FOLDER", help="that FILE is named from")
]


def export(recommender: Recommender, k: int, out: Path) -> int:
    """Write the lists of all users and of one who is not known; the number of rows."""
    release, catalogue = recommender.release, recommender.catalogue
    products = pa.array(catalogue.ids, pa.string())
    users, rows = np.arange(len(release.users)), 0
    k = min(k, len(catalogue))

    def lists(batch: np.ndarray) -> pa.Table:
        items, scores = recommender.lists(batch, k)
        names: list[str | None] = [release.users.text(user) for user in batch.tolist()]
        return tables.block(names, items, scores, products, release.model_id)

    with tables.writing(out) as write, bar("lists", len(users)) as progress:
        for batch, table in in_blocks(lists, users, len(catalogue)):
            write(table)
            rows += int(table.num_rows)
            progress.update(len(batch))
        unknown = _of_nobody(recommender, recommender.recommend(None, Wish(k=k)))
        write(unknown)
    return rows + int(unknown.num_rows)


def export_by_spark(recommender: Recommender, k: int, out: Path, engine: Engine) -> int:
    """The same file, its lists made by Spark; the number of rows."""
    from recsys.spark.export import tables as made

    rows = 0
    lists = made(recommender, k, tables.block, tables.SCHEMA, engine, SCRATCH)
    unknown = _of_nobody(recommender, recommender.recommend(None, Wish(k=k)))
    with tables.writing(out) as write, closing(lists):
        for table in chain(lists, [unknown]):
            write(table)
            rows += int(table.num_rows)
    return rows


def _of_nobody(recommender: Recommender, answer: Answer) -> pa.Table:
    count = len(answer.items)
    columns = [
        pa.nulls(count, pa.string()),
        pa.array(range(1, count + 1), pa.int32()),
        pa.array([item.product_id for item in answer.items], pa.string()),
        pa.array([item.score for item in answer.items], pa.float32()),
        pa.repeat(recommender.model_id, count),
    ]
    return pa.table(columns, schema=tables.SCHEMA)


def main(out: Out, k: Length = 10, model: Model = None, folder: From = Path()) -> None:
    """Write the lists of all users to a parquet or CSV file."""
    path = folder / out
    tables.check_format(path)
    source = choose(Places(Path()), model)
    recommender = source.recommender
    params = Path(PARAMS_FILE)  # a folder of releases alone has none
    engine = engine_params(params) if params.exists() else None
    if engine is not None and engine.is_spark and path.suffix == ".parquet":
        rows = export_by_spark(recommender, k, path, engine)
    else:
        rows = export(recommender, k, path)
    print(
        f"wrote {path}: {rows:,} rows, the lists of {len(recommender.release.users):,} users "
        f"and of one who is not known, by {recommender.model_id} ({source.where})"
    )


if __name__ == "__main__":
    enter(main, "runner.py export")
