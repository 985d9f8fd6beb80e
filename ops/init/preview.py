"""What merge would make of the first rows of a file: read, accepted, and refused with reasons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ops.init.plan import Interactions
from ops.init.sniff import HEAD
from recsys.shop_csv.accounts import Account, Limit
from recsys.shop_csv.contract import STAGING, Limits
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.rating_scale import STARS
from recsys.shop_csv.reasons import REASONS
from recsys.shop_csv.records import Refused
from recsys.shop_csv.reviews import Rules, read_interactions
from recsys.shop_csv.times import TimeRules
from recsys.source.params import InteractionFiles
from recsys.source.translate import Counts, translate

LIMITS = Limits(file_bytes=1 << 40, rows=1 << 40, columns=10_000, field_bytes=100_000)
SHOWN = 5  # refused rows
FLOAT = r"^[0-9]+\.0+$"
MOST = 0.5  # of the ids


@dataclass(frozen=True)
class Preview:
    """What became of the first rows of a file."""

    read: int
    accepted: int
    users: int
    products: int
    reasons: dict[str, int]
    refused: Sequence[Refused]
    counts: Counts
    is_whole: bool  # the file has no more rows
    notes: tuple[
        str, ...
    ] = ()  # what a person should know, though nothing is refused for it

    def hints(self) -> list[str]:
        """A line for each reason: how often, and what to do."""
        return [
            f"{count} x {reason}: {REASONS[reason].hint}"
            for reason, count in self.reasons.items()
        ]

    def too_few(self, limit: Limit) -> str:
        """That too few of the rows are accepted for merge to take the file, and why; "" if it would
        do so.
        """
        hint = next(iter(self.hints()), "all are left out by their weights")
        refused = sum(self.reasons.values())
        if not self.accepted:
            return f"none of its first {self.read} rows is accepted ({hint})"
        if self.read < limit.fewest or refused <= limit.most * self.read:
            return ""
        return (
            f"{refused} of its first {self.read} rows would be refused, more than "
            f"merge.max_refused_share ({limit.most:g}) of params.yaml ({hint})"
        )


def preview(
    found: Interactions,
    formats: tuple[str, ...],
    zone: str,
    earliest: str,
    now: datetime,
) -> Preview:
    """Read the first rows of a file as merge reads them."""
    params = InteractionFiles.model_validate(found.entry)
    with TemporaryDirectory(prefix="init-") as folder:
        path = Path(folder) / "rows.csv"
        place = found.form.place
        with path.open("wb") as out:
            done = translate(found.form.path, place, params, out, HEAD)
        source = Source(
            found.form.path.name,
            place,
            lambda: path.open("rb"),
            as_it_stands=done.origin.of,
        )
        account = Account(source, "")
        times = TimeRules(formats, zone, date.fromisoformat(earliest))
        rules = Rules(times, STARS if params.scale else found.scale)
        rows = read_interactions(account, STAGING, rules, now, LIMITS)
    reasons = Counter(row.reason for row in account.refused)
    return Preview(
        account.read,
        account.accepted,
        rows["user_id"].n_unique(),
        rows["product_id"].n_unique(),
        dict(reasons.most_common()),
        sorted(account.refused, key=lambda row: row.line)[:SHOWN],
        done.counts,
        done.counts.rows + done.counts.left_out.total() < HEAD,
        _notes(rows),
    )


def _notes(rows: pl.DataFrame) -> tuple[str, ...]:
    """What is odd with ids that are all written in the same odd way: nothing else shows it."""
    notes = []
    for column, what in (("user_id", "users"), ("product_id", "products")):
        odd = rows[column].filter(rows[column].str.contains(FLOAT))
        if len(odd) > MOST * len(rows):
            plain = odd[0].partition(".")[0]
            notes.append(
                f"the {what} are written like {odd[0]}: a program has taken their ids for numbers "
                f"with a fraction; if the shop knows {plain}, take the file from it as it is there"
            )
    return tuple(notes)
