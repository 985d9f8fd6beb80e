"""Interactions of files that were read before: speed, never results.

What a file's rows are, and which are refused, is a function of its bytes, of the rules, of when it
was received, and of the code: that is the key.
"""

import hashlib
import json
import platform
import zoneinfo
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from recsys.files import normal_forms
from recsys.files.atomic import sha256_of_json
from recsys.files.kept_tables import Kept, keep_only, read_kept, write_kept
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.rating_scale import Ratings
from recsys.shop_csv.records import Refused
from recsys.shop_csv.reviews import Rules, read_interactions

FEWEST_ROWS = 20_000  # a smaller file is read as fast as what would be kept of it


@dataclass
class KeptReviews:
    """Reads files of interactions as `read_interactions` does, those known already from `folder`;
    without one, each.
    """

    folder: Path | None
    _used: list[str] = field(default_factory=list)

    def read(
        self,
        account: Account,
        table: Table,
        rules: Rules,
        received: datetime,
        limits: Limits,
    ) -> pl.DataFrame:
        """See `read_interactions`: the same rows, and the same account."""
        if self.folder is None:
            return read_interactions(account, table, rules, received, limits)
        name = account.sha256[:16]
        key = key_of(account, table, rules, received, limits)
        kept = read_kept(self.folder, name, key)
        if kept:
            self._used.append(name)
            _recall(account, kept.facts)
            return kept.table.with_columns(file=pl.lit(account.source.name))
        rows = read_interactions(account, table, rules, received, limits)
        if account.read >= FEWEST_ROWS:
            self._used.append(name)
            facts = _facts(account)
            write_kept(self.folder, name, key, Kept(rows.drop("file"), facts))
        return rows

    def forget_others(self) -> None:
        """Delete what was kept of files that were not read since."""
        if self.folder is not None:
            keep_only(self.folder, self._used)


def _facts(account: Account) -> dict[str, Any]:
    """What an account says after its file was read, for JSON."""
    return {
        "read": account.read,
        "accepted": account.accepted,
        "refused": [
            [row.line, row.raw, row.column, row.reason] for row in account.refused
        ],
        "unseen": account.unseen,
        "ratings": list(account.ratings.counts.items()),
        "odd_users": sorted(account.odd_users),
        "cases": sorted(account.cases),
    }


def _recall(account: Account, facts: dict[str, Any]) -> None:
    account.read, account.accepted = facts["read"], facts["accepted"]
    account.refused = [Refused(*row) for row in facts["refused"]]
    account.unseen, account.odd_users = facts["unseen"], set(facts["odd_users"])
    account.cases = set(facts["cases"])
    account.ratings = Ratings(Counter(dict(facts["ratings"])))


def key_of(
    account: Account,
    table: Table,
    rules: Rules,
    received: datetime,
    limits: Limits,
) -> str:
    """The hash of all that the rows of a file depend on, 64 hex digits."""
    settings = [
        account.sha256,
        account.source.form,
        asdict(table),
        [list(rules.times.formats), rules.times.zone, rules.times.earliest.isoformat()],
        list(rules.scale),
        received.isoformat(),
        asdict(limits),
        code(),
        zone_data(rules.times.zone),
    ]
    return sha256_of_json(json.loads(json.dumps(settings)))


def code() -> list[str]:
    """Which code reads: the modules of this wing, and what they are built on."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    modules.append(Path(str(normal_forms.__file__)))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in modules))
    return [
        digest.hexdigest(),
        platform.python_version(),
        np.__version__,
        pl.__version__,
        pa.__version__,
    ]


def zone_data(zone: str) -> str:
    """Which offsets the zone has on this machine."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder, zone)
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return ""
