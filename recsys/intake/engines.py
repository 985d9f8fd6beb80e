"""What reads the files of interactions, and finds those that are equal: this machine, or Spark
(recsys/spark/merge.py). Both give the same rows and the same accounts.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from recsys.files.tables import Columns, write_table
from recsys.shop_csv.accounts import Account
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.kept_reviews import KeptReviews
from recsys.shop_csv.reviews import Rules, drop_duplicates


class Engine(Protocol):
    """How interactions are read."""

    def read(
        self,
        account: Account,
        table: Table,
        rules: Rules,
        received: datetime,
        limits: Limits,
    ) -> Columns:
        """The good rows of the account's file; the others are in the account. DataError as
        recsys/shop_csv/reviews.py raises it.
        """

    def distinct(
        self, found: Sequence[Columns], accounts: dict[str, Account]
    ) -> Columns:
        """The rows of files that were read, in their order, each once; the others are counted in
        their accounts, which are by the names of the files.
        """

    def write(self, rows: Columns, path: Path) -> None:
        """Write a table of what `distinct` gave: the same bytes by any engine."""


class Local(KeptReviews):
    """This machine; files that were read before are kept in a folder: speed, never results."""

    def distinct(
        self, found: Sequence[Columns], accounts: dict[str, Account]
    ) -> pl.DataFrame:
        """See `Engine`; it is given what `read` gave."""
        self.forget_others()
        frames = [one for one in found if isinstance(one, pl.DataFrame)]
        return drop_duplicates(pl.concat(frames, rechunk=False), accounts)

    def write(self, rows: Columns, path: Path) -> None:
        """See `Engine`."""
        if isinstance(rows, pl.DataFrame):
            write_table(rows, path)
