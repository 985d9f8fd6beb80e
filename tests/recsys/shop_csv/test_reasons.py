"""Every reason is in the table once, and its example is true."""

import ast
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from bench.house.imports import ROOT
from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.reasons import REASONS
from tests.stages.merging import quarantine, run
from tests.worlds import DROP_COLUMNS, lines, make_shop


def test_every_reason_has_a_hint_and_a_row_that_is_mended() -> None:
    for code, reason in REASONS.items():
        assert reason.code == code
        assert reason.hint
        assert reason.refused != reason.mended


def test_every_code_is_written_in_the_table_once() -> None:
    tree = ast.parse((ROOT / "recsys/shop_csv/reasons.py").read_text(encoding="utf-8"))
    texts = Counter(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
    )
    assert {texts[code] for code in REASONS} == {1}


def test_the_examples_are_true(tmp_path: Path) -> None:
    """Each refused row is refused for its reason, and each mended one is accepted, by the real
    merge.
    """
    shop = make_shop(tmp_path)
    shop.configure(
        merge={
            "zone": "America/New_York",
            "max_refused_share": 1.0,
            "limits": {
                "file_bytes": 10**6,
                "rows": 100,
                "columns": 20,
                "field_bytes": 280,
            },
        }
    )
    of_a_drop = [
        reason for reason in REASONS.values() if reason.columns == STAGING.columns
    ]
    shown = [
        reason for reason in of_a_drop if reason.code not in ("long", "unfinished")
    ]
    for at, reason in enumerate(shown):
        mended = reason.mended.replace("u1", f"good{at}")
        text = lines(DROP_COLUMNS, [reason.refused, mended])
        (shop.staging / f"{at:02d}.csv").write_bytes(
            text.encode("utf-8", "surrogateescape")
        )
    run(shop)
    assert [row[-1] for row in quarantine(shop)] == [reason.code for reason in shown]
    users = set(pl.read_parquet(shop.merged / "interactions.parquet")["user_id"])
    assert {f"good{at}" for at in range(len(shown))} <= users


def test_the_example_of_a_cut_comment_is_true(tmp_path: Path) -> None:
    reason = REASONS["cut"]
    shop = make_shop(tmp_path)
    shop.configure(merge={"max_refused_share": 1.0})
    for name, row in (("a.csv", reason.refused), ("b.csv", reason.mended)):
        (shop.staging / name).write_text(lines(",".join(reason.columns), [row]))
    found = run(shop)
    assert [row[1:] for row in quarantine(shop)] == [
        (2, "comment", "cut"),
        (3, "", "cells"),
    ]
    assert [file["accepted"] for file in found["files"].values()][-2:] == [0, 1]


@pytest.mark.parametrize(
    ("code", "path", "others"),
    [
        ("header", "products", ["p1,Lipstick", "p2,Soap", "p3,Cream"]),
        ("product_repeated", "products", ["p1,Lipstick", "p2,Soap", "p3,Cream"]),
        ("product_unknown", "attributes", ["p2,water", "p3,water"]),
    ],
)
def test_the_examples_of_product_files_are_true(
    tmp_path: Path, code: str, path: str, others: list[str]
) -> None:
    reason = REASONS[code]
    shop = make_shop(tmp_path)
    file = getattr(shop, path)
    rows = [*others, reason.refused, reason.mended]
    file.write_text(lines(",".join(reason.columns), rows), encoding="utf-8")
    run(shop)
    where = [(name, line, why) for name, line, _, why in quarantine(shop)]
    assert where == [(file.name, len(others) + 2, code)]
