"""Merge the shop's raw CSVs and the sealed batches into one table, and account for every row.

reads   data/raw/*.csv          the three-CSV contract (recsys/shop_csv/contract.py)
        data/sample/*.csv       the sample shop, which runs while data/raw holds no CSV file
                                (recsys/shop_csv/sample_shop.py); never both
        data/staging/*.csv      drops of the web app; they are sealed into data/batches first
                                (recsys/intake/drops.py)
        data/batches/mended.csv which refused rows are replaced (recsys/intake/mended.py)
        metrics/merge.json      what the last run read: said, never written (last_run.py)
        data/raw/*              in their place the shop's own files, where `source` of params.yaml
                                says what these are (recsys/intake/shop_source.py)
        data/cache/merge        rows of large files that were read before: speed, never results
        data/cache/source       the shop's own files, translated: speed, never results
writes  interactions.parquet    user_id, product_id str; rating f64, 1 to 5; comment str;
                                timestamp us UTC; line i64; file str
        products.parquet        product_id and the texts of product and attributes, all str
        quarantine.parquet      file, sha256, line, raw, column, reason, hint
        metrics/merge.json      read = accepted + duplicates + quarantined, in total and by file;
                                reasons; blocked batches; what is odd with the data
        odd.json                beside it: the shares that are over their bounds

A batch that cannot be used (too many of its rows are refused, say) blocks no other: it is left out,
as if it were set aside, until it is mended or the rule is changed, and every run says so. Its
refused rows stand in quarantine. A raw file that cannot be used stops the run: the outs stay as
they were, and its refused rows stand beside them (recsys/intake/blocked.py).

The outs are a function of the raw files and the batches. The clock only says when a content is seen
for the first time; the drop log in data/batches keeps that, and rows are judged by it ever after (a
time in the future is refused).
"""

import logging
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import polars as pl
import typer
from pydantic import Field, PositiveInt, field_validator

from recsys.files.atomic import write_json
from recsys.files.tables import write_table
from recsys.intake import (
    absent,
    blocked,
    blocked_rows,
    catalogue,
    drops,
    foreign_drops,
    last_run,
)
from recsys.intake.catalogue import Catalogue
from recsys.intake.engines import Engine
from recsys.intake.merge_summary import summarise
from recsys.intake.merged import Interactions, Reading, merge_interactions
from recsys.intake.raw_files import folder_of, unknown_files
from recsys.intake.shop_source import ShopFiles, opened
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError
from recsys.program.params import Section, TimeZone, load
from recsys.shop_csv import contract, oddities, sample_shop
from recsys.shop_csv.accounts import BlockedError, Limit, quarantine_table
from recsys.shop_csv.rating_scale import STARS, TURNED, Scale
from recsys.shop_csv.reviews import Rules
from recsys.shop_csv.times import TimeRules, check_formats
from recsys.source.params import Params as Source
from recsys.spark.merge import engine_of

log = logging.getLogger("merge")

Cache = Annotated[Path | None, typer.Argument(help="folder of rows read before")]
Translations = Annotated[Path | None, typer.Argument(help="files translated before")]
Sample = Annotated[Path | None, typer.Argument(help="folder of the shipped shop")]

ODD = "odd.json"
QUARANTINE = "python runner.py quarantine"


class LimitParams(Section):
    file_bytes: PositiveInt
    rows: PositiveInt
    columns: PositiveInt
    field_bytes: PositiveInt

    def limits(self) -> contract.Limits:
        return contract.Limits(**self.model_dump())


class Params(Section):
    zone: TimeZone  # e.g. Asia/Ho_Chi_Minh
    date_formats: list[str] = Field(min_length=1)
    earliest: str  # YYYY-MM-DD
    rating_scale: list[float] = Field(min_length=2, max_length=2)  # worst, best
    max_refused_share: float = Field(ge=0, le=1)
    min_rows: PositiveInt
    odd: oddities.OddParams
    settle_s: float = Field(ge=0, le=60)
    limits: LimitParams

    @field_validator("date_formats")
    @classmethod
    def _check_the_formats(cls, value: list[str]) -> list[str]:
        check_formats(value)
        return value

    @field_validator("earliest")
    @classmethod
    def _check_the_date(cls, value: str) -> str:
        date.fromisoformat(value)
        return value

    @field_validator("rating_scale")
    @classmethod
    def _check_the_scale(cls, value: list[float]) -> list[float]:
        if not value[0] < value[1]:
            raise ValueError(TURNED)
        return value

    def reading(self) -> Reading:
        """How interactions are read."""
        limits = self.limits.limits()
        return Reading(self.rules(), limits, self.refused, self.odd)

    def rules(self) -> Rules:
        earliest = date.fromisoformat(self.earliest)
        times = TimeRules(tuple(self.date_formats), self.zone, earliest)
        return Rules(times, Scale(*self.rating_scale))

    def check_stars(self, source: Source) -> None:
        """ConfigError if the files that have no ratings are to be on another scale than stars."""
        if source.gives_stars and Scale(*self.rating_scale) != STARS:
            raise ConfigError(
                "params.yaml: source has files of purchases or events, which become 1 to 5 stars, "
                f"but merge.rating_scale is {list(self.rating_scale)}; set it to [1, 5], and give "
                f"the files of ratings there their own (scale: {list(self.rating_scale)})"
            )

    @property
    def refused(self) -> Limit:
        return Limit(self.max_refused_share, self.min_rows)


class Merged(NamedTuple):
    """The products, the interactions, and what was converted of the shop's own files, by file."""

    products: Catalogue
    interactions: Interactions
    converted: dict[str, Any]


def say(interactions: Interactions, summary: dict[str, Any], params: Params) -> None:
    """What became of the rows, which batches are blocked, and what is odd: lines of the log."""
    counts = ", ".join(f"{key} {value}" for key, value in list(summary.items())[:4])
    see = f"; see the refused rows: {QUARANTINE}" if summary["quarantined"] else ""
    log.info("merged: %s%s", counts, see)
    for name, fault in interactions.faults.items():
        log.warning(
            "%s is blocked, its rows are left out: %s; or take it out for good: "
            "%s set-aside %s",
            *(name, fault, QUARANTINE, name),
        )
    for words in interactions.doubts:
        log.warning(words)
    is_enough = len(interactions.rows) >= params.min_rows
    if is_enough and (lines := oddities.table(interactions.odd, params.odd)):
        log.warning("\n".join(["odd with this data (docs/data.md):", *lines]))


def merge(
    raw: Path,
    batches: Path,
    settings: Params,
    now: datetime,
    engine: Engine,
    of_sample: pl.Series,
) -> Merged:
    """Merge the three files of the contract and the batches."""
    products = catalogue.of_contract(raw, settings.limits.limits(), settings.refused)
    reading = settings.reading()
    known = products.known(of_sample)
    interactions = merge_interactions(raw, batches, known, reading, now, engine)
    return Merged(products, interactions, {})


def merge_shop(
    raw: Path,
    batches: Path,
    settings: Params,
    now: datetime,
    engine: Engine,
    shop: ShopFiles,
    of_sample: pl.Series,
) -> Merged:
    """Merge the shop's own files and the batches."""
    limits = settings.limits.limits()
    products = catalogue.of_shop(shop.products, limits, settings.refused)
    reading = settings.reading()
    known = products.known(of_sample)
    interactions = merge_interactions(
        raw, batches, known, reading, now, engine, shop.interactions
    )
    completed = catalogue.completed(products, interactions.rows, shop.names)
    return Merged(completed, interactions, shop.converted)


def write(
    merged: Merged,
    out: Path,
    metrics: Path,
    settings: Params,
    raw: Path,
    engine: Engine,
) -> None:
    """Write the tables and the accounts. DataError, and nothing is written, if what is odd with the
    data stops a run.
    """
    products, interactions, converted = merged
    if len(interactions.rows) >= settings.min_rows:
        oddities.check(interactions.odd, settings.odd, str(raw))
    summary = summarise(products, interactions, converted)
    quarantine = quarantine_table(
        [*products.accounts, *interactions.accounts, *interactions.blocked]
    )
    is_sample = interactions.has_sample or products.known().is_sample
    last = last_run.read(metrics, is_sample=is_sample)
    engine.write(interactions.rows, out / "interactions.parquet")
    write_table(products.products, out / "products.parquet")
    write_table(quarantine, out / "quarantine.parquet")
    write_json(metrics, summary)
    is_enough = len(interactions.rows) >= settings.min_rows
    found = oddities.over(interactions.odd, settings.odd) if is_enough else {}
    write_json(metrics.with_name(ODD), found)
    say(interactions, summary, settings)
    for words in last_run.cut_short(last, summary["files"], raw, settings.min_rows):
        log.warning(words)


def main(
    raw: Path,
    staging: Path,
    batches: Path,
    out: Path,
    metrics: Path,
    params: Path = Path(PARAMS_FILE),
    cache: Cache = None,
    translations: Translations = None,
    sample: Sample = None,
) -> None:
    settings, source = load(Params, "merge", params), load(Source, "source", params)
    folders = Folders(raw, staging, batches, translations, sample, metrics)
    try:
        with engine_of(params, cache) as engine:
            merged, folder = take_and_merge(folders, settings, source, engine)
            write(merged, out, metrics, settings, folder, engine)
    except BlockedError as error:
        blocked_rows.keep(out, error)
        raise
    blocked.forget(out)


class Folders(NamedTuple):
    """Where things come from."""

    raw: Path
    staging: Path
    batches: Path
    translations: Path | None
    sample: Path | None
    metrics: Path  # of the last run


def take_and_merge(
    folders: Folders, settings: Params, source: Source, engine: Engine
) -> tuple[Merged, Path]:
    """Take the drops in, and merge all that there is; with the folder of the raw files that ran."""
    raw, staging, batches, translations, sample, metrics = folders
    now = datetime.now(UTC)
    is_sample = sample_shop.folder_of(raw, sample) != raw
    absent.watch(batches, last_run.read(metrics, is_sample=is_sample), now)
    of_sample = catalogue.sample_ids(sample, settings.limits.limits())
    if source.is_contract:
        drops.take(staging, batches, now, settings.settle_s)
        for words in unknown_files(raw):
            log.warning(words)
        folder = folder_of(raw, sample, batches)
        return merge(folder, batches, settings, now, engine, of_sample), folder
    settings.check_stars(source)
    foreign_drops.take(staging, batches, source, now, settings.settle_s, raw)
    drops.take(staging, batches, now, settings.settle_s)
    with opened(raw, source, translations) as shop:
        for words in unknown_files(raw, list(shop.converted)):
            log.warning(words)
        return merge_shop(raw, batches, settings, now, engine, shop, of_sample), raw


if __name__ == "__main__":
    enter(main)
