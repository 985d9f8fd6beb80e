"""The refused rows of a file that stopped a merge."""

from pathlib import Path

from recsys.intake import blocked, blocked_rows
from recsys.shop_csv.accounts import Account, BlockedError
from recsys.shop_csv.csv_file import Source
from recsys.shop_csv.records import Refused


def test_rows_and_fault_are_kept_together(tmp_path: Path) -> None:
    source = Source("reviews.csv", "data/raw/reviews.csv", lambda: None)  # type: ignore[arg-type,return-value] # it is not opened
    refused = [Refused(2, "a,b", "", "cells")]
    error = BlockedError(Account(source, "0" * 64, 2, 1, 0, refused), "it is bad")
    assert str(error) == "data/raw/reviews.csv: it is bad"
    assert blocked_rows.rows(tmp_path) is None
    blocked_rows.keep(tmp_path, error)
    assert blocked.faults(tmp_path) == {"reviews.csv": "it is bad"}
    rows = blocked_rows.rows(tmp_path)
    assert rows is not None
    assert rows.select("file", "line", "raw", "reason").rows() == [
        ("reviews.csv", 2, "a,b", "cells")
    ]
    (tmp_path / blocked.FOLDER / blocked.ROWS).write_bytes(b"torn")
    assert blocked_rows.rows(tmp_path) is None
