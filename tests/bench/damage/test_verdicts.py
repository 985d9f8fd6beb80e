"""What a refusal is about, by the words of its message."""

import pytest

from bench.damage.verdicts import Verdict, refusal


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("/x/drop.csv: the file is empty", "empty"),
        ("drop.csv: column user_id is missing", "column missing"),
        ("/x/y.csv, line 7: 'a' is odd", "other: ~ line ~: ~ is odd"),
    ],
)
def test_refusal(message, reason):
    assert refusal(message) == reason


def test_reasons_are_counted():
    rows = [{"reason": "cells"}, {"reason": "quote"}, {"reason": "cells"}]
    assert Verdict("merged", quarantined=rows).reasons() == {"cells": 2, "quote": 1}
