"""Files of interactions, read by Spark's executors; their rows in one order, each once.

A file is cut at the ends of records by our own reader, and each part is judged by it
(recsys/shop_csv/file_parts.py); Spark only carries what comes out: it shuffles rows by what makes
them equal, the first in the order of files and lines stays, and sorts the rest in that order. So
the tables, the accounts and the quarantine are those of one machine.

All executors must see the files under the same path. What is small, translated, or cannot be read
in parts is read on the driver.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from recsys.files.tables import Columns, write_parts
from recsys.intake.engines import Engine, Local
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.csv_file import check_size, shape_of
from recsys.shop_csv.file_parts import Part, Seen, parts_of, settled
from recsys.shop_csv.header import read_header
from recsys.shop_csv.reviews import KEY, Rules
from recsys.spark import session
from recsys.spark.params import Params, engine
from recsys.spark.read_parts import ARROW, Asked, Told, read_asked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

log = logging.getLogger("merge")

SCRATCH = Path("data/cache/spark/merge")
ORDER = ("file_number", "line")


class Parts:
    """Rows in parquet files, in their order; a column is read when it is asked for.

    Of rows of one file, `lines` says in which folder they are, which parts count, and the number of
    their first line.
    """

    def __init__(self, files: list[Path], lines: "list[tuple[Path, int, int]]") -> None:
        self.files, self.lines = files, lines

    def _scan(self) -> pl.LazyFrame:
        rows = pl.scan_parquet(self.files)
        if not self.lines:
            return rows
        parts = [part for _, part, _ in self.lines]
        return rows.filter(pl.col("part").is_in(parts) & pl.col("told").is_null())

    def __len__(self) -> int:
        return int(self._scan().select(pl.len()).collect().item())

    def __getitem__(self, column: str, /) -> pl.Series:
        return self._scan().select(column).collect().to_series()


class SparkEngine:
    """See recsys/intake/engines.py: Engine. What stands between is under `scratch`."""

    def __init__(
        self,
        spark: "SparkSession",
        params: Params,
        scratch: Path,
        cache: Path | None,
    ) -> None:
        self.spark, self.params, self.scratch = spark, params, scratch
        self.local = Local(cache)
        self.numbers = 0

    # ---- reading ----
    def read(
        self,
        account: Account,
        table: Table,
        rules: Rules,
        received: datetime,
        limits: Limits,
    ) -> Columns:
        """See `Engine`."""
        path = Path(account.source.place)
        if account.source.form or not path.is_file():
            return self.local.read(account, table, rules, received, limits)
        size = path.stat().st_size
        check_size(account.source, size, 0, limits)
        if size < 2 * self.params.part_bytes:
            return self.local.read(account, table, rules, received, limits)
        with path.open("rb") as handle:
            header = read_header(handle, path, table, limits.columns)
        parts = parts_of(
            path, header.bytes_read, shape_of(header, table), self.params.part_bytes
        )
        asked = Asked(
            account.source.name, str(path.resolve()), table, rules, received, limits
        )
        jobs = _Jobs(self, asked)
        try:
            found = settled(parts, jobs.read)
        except _FaultError:  # who reads it whole says in which line
            return self.local.read(account, table, rules, received, limits)
        return jobs.rows(account, found, limits)

    def folder(self, what: str) -> Path:
        """A folder that is not there yet."""
        self.numbers += 1
        return self.scratch / f"{what}-{self.numbers}"

    # ---- each once ----
    def distinct(self, found: Sequence[Columns], accounts: dict[str, Account]) -> Parts:
        """See `Engine`."""
        from pyspark.sql import Window
        from pyspark.sql import functions as sql

        self.local.forget_others()
        names = list(accounts)
        frames = [
            self._numbered(number, name, one)
            for number, (name, one) in enumerate(zip(names, found, strict=True))
        ]
        rows = frames[0]
        for one in frames[1:]:
            rows = rows.unionByName(one)
        equal = Window.partitionBy(*KEY).orderBy(*ORDER)
        ranked = rows.withColumn("nth", sql.row_number().over(equal))
        repeated = ranked.where(sql.col("nth") > 1).groupBy("file").count().collect()
        for row in repeated:
            accounts[row["file"]].accepted -= row["count"]
            accounts[row["file"]].duplicates += row["count"]
        kept = ranked.where(sql.col("nth") == 1).drop("nth")
        out = self.folder("distinct")
        ordered = kept.repartitionByRange(self.params.partitions, *ORDER)
        columns = (*KEY, "line", "file")
        ordered.sortWithinPartitions(*ORDER).select(*columns).write.parquet(str(out))
        return Parts(sorted(out.glob("part-*.parquet")), [])

    def _numbered(self, number: int, name: str, rows: Columns) -> "DataFrame":
        """Rows of one file, with its number and name, and their lines in the file."""
        from pyspark.sql import functions as sql

        if isinstance(rows, pl.DataFrame):
            path = self.folder("local").with_suffix(".parquet")
            rows.write_parquet(path)
            frame = self.spark.read.parquet(str(path))
        else:
            assert isinstance(rows, Parts)  # noqa: S101 - `read` gave it
            frame = self._in_lines(rows)
        return frame.select(
            *KEY,
            sql.col("line").cast("long"),
            sql.lit(name).alias("file"),
            sql.lit(number).alias("file_number"),
        )

    def _in_lines(self, rows: Parts) -> "DataFrame":
        from pyspark.sql import functions as sql

        schema = "folder string, part int, first long"
        lines = [(str(folder), part, first) for folder, part, first in rows.lines]
        known = sql.broadcast(self.spark.createDataFrame(lines, schema))
        folders = sorted({folder for folder, _, _ in lines})
        parts = [
            self.spark.read.parquet(folder)
            .where(sql.col("told").isNull())
            .withColumn("folder", sql.lit(folder))
            for folder in folders
        ]
        frame = parts[0]
        for one in parts[1:]:
            frame = frame.unionByName(one)
        joined = frame.join(known, ["folder", "part"])
        return joined.withColumn("line", sql.col("line") + sql.col("first"))

    # ---- written ----
    def write(self, rows: Columns, path: Path) -> None:
        """See `Engine`."""
        if not isinstance(rows, Parts):
            self.local.write(rows, path)
            return
        write_parts(rows.files, path)


class _FaultError(Exception):
    """A part holds what stops a run."""


class _Jobs:
    """The parts of one file, as they are read, and what was told of each."""

    def __init__(self, engine: SparkEngine, asked: Asked) -> None:
        self.engine, self.asked = engine, asked
        self.numbers: dict[Part, int] = {}
        self.folders: dict[Part, Path] = {}
        self.told: dict[Part, Told] = {}

    def read(self, parts: list[Part]) -> list[Seen]:
        """Read parts; _FaultError if one holds what stops a run."""
        if not parts:
            return []
        for part in parts:
            self.numbers[part] = len(self.numbers)
        numbered = [(self.numbers[part], part) for part in parts]
        out = self.engine.folder("read")
        work = partial(read_asked, self.asked, numbered)
        tasks = self.engine.spark.range(0, len(parts), 1, numPartitions=len(parts))
        tasks.mapInArrow(work, ARROW).write.parquet(str(out))
        rows = pl.scan_parquet(out / "part-*.parquet").filter(
            pl.col("told").is_not_null()
        )
        told = dict(rows.select("part", "told").collect().iter_rows())
        for number, part in numbered:
            self.folders[part] = out
            self.told[part] = Told.of(told[number])
        if any(self.told[part].has_fault for part in parts):
            raise _FaultError
        return [self.told[part].seen for part in parts]

    def rows(
        self, account: Account, found: list[tuple[Part, Seen]], limits: Limits
    ) -> Parts:
        """The rows of the parts that count; the account is told of them."""
        first, lines = 2, []
        for part, seen in found:
            self.told[part].add_to(account, first)
            lines.append((self.folders[part], self.numbers[part], first))
            first += seen.lines
        check_size(account.source, 0, account.read, limits)
        folders = sorted({folder for folder, _, _ in lines})
        files = [path for one in folders for path in sorted(one.glob("part-*.parquet"))]
        if len(found) > 1:
            log.info("%s: read in %d parts", account.source.name, len(found))
        return Parts(files, lines)


@contextmanager
def engine_of(params: Path, cache: Path | None) -> Iterator[Engine]:
    """What reads, by the section engine of params.yaml, for as long as it is needed: nothing of it
    shows in what comes out.
    """
    asked = engine(params)
    if not asked.is_spark:
        yield Local(cache)
        return
    with session.opened(asked, "merge", SCRATCH) as spark:
        yield SparkEngine(spark, asked, SCRATCH, cache)
