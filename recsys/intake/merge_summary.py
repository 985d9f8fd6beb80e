"""metrics/merge.json: what became of every row."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from recsys.intake.catalogue import Catalogue
from recsys.intake.merged import Interactions
from recsys.shop_csv import oddities


def summarise(
    products: Catalogue, interactions: Interactions, converted: dict[str, Any]
) -> dict[str, Any]:
    """metrics/merge.json: interactions of all files in total, then by file with reasons, then what
    is unknown, blocked and odd; and what was `converted` of the shop's own files.
    """
    accounts = [*products.accounts, *interactions.accounts]
    by_file = {account.source.name: account.counts() for account in accounts}
    reasons = {
        account.source.name: Counter(row.reason for row in account.refused)
        for account in [*accounts, *interactions.blocked]
    }
    newest = interactions.rows["timestamp"].max()
    assert isinstance(newest, datetime)  # noqa: S101 - no interaction is without its time
    return {
        **_total(interactions),
        "mended": interactions.mended,
        "products": len(products.products),
        "products_without_catalogue_entry": interactions.unknown_products,
        "newest_event": newest.astimezone(UTC).isoformat(),
        "files": by_file,
        "sample": interactions.has_sample,
        "blocked": interactions.faults,
        "odd": oddities.as_json(interactions.odd),
        "quarantined_by_reason": _sorted(sum(reasons.values(), Counter())),
        "quarantined_by_file_and_reason": {
            file: _sorted(counts) for file, counts in reasons.items() if counts
        },
        **({"converted": converted} if converted else {}),
    }


def _total(interactions: Interactions) -> dict[str, int]:
    """The counts of all files of interactions together."""
    total: Counter[str] = Counter()
    for account in interactions.accounts:
        total.update(account.counts())
    if total["accepted"] != len(interactions.rows):  # the promise, with `python -O` too
        raise AssertionError("rows that were accepted are not all there")
    return dict(total)


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
