"""Drops that must be merged with a right account."""

import csv
import io

from bench.damage.account import account
from bench.damage.drops import COLUMNS
from bench.damage.trial_shop import TrialShop
from bench.damage.verdicts import Verdict

SEED = 7
HEADER = "user_id,product_id,rating,comment,timestamp\n"
TIME = "2024-01-01 10:00:00"


def judged(shop: TrialShop, text: str) -> Verdict:
    verdict = shop.judge(text.encode("utf-8", "surrogatepass"))
    assert verdict.outcome == "merged", verdict.message
    assert account(text.encode("utf-8", "surrogatepass"), verdict) == []
    return verdict


def rows_with(texts: tuple[str, ...], column: str) -> str:
    """A drop with one of the texts in each row, as a correct writer writes it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    row = {
        "user_id": "a",
        "product_id": "p1",
        "rating": "5",
        "comment": "",
        "timestamp": TIME,
    }
    writer.writerows(
        [({**row, column: text})[name] for name in COLUMNS] for text in texts
    )
    return out.getvalue()
