"""Cells of public files, and drops that hold one in each row."""

import csv
import json
from collections import Counter
from pathlib import Path

from bench.damage.corpora import all_cells, check_cells, drop_of, wrong_reasons
from bench.damage.trial_shop import TrialShop


def test_strings_of_a_json_file(tmp_path: Path):
    (tmp_path / "x.json").write_text(
        json.dumps({"a": ["b", {"c": "d"}, 1]}), encoding="utf-8"
    )
    assert all_cells(tmp_path) == ["a", "b", "c", "d"]


def test_cells_of_tables_and_lines_of_text(tmp_path: Path):
    (tmp_path / "a.csv").write_text('x,"y,z"\nx\n')
    (tmp_path / "b.tsv").write_text("p\tq\n")
    (tmp_path / "c.txt").write_bytes(b"caf\xe9\nlast")
    (tmp_path / "d.json").write_text("{")
    (tmp_path / "LICENSE.txt").write_text("no cell")
    assert all_cells(tmp_path) == ["x", "y,z", "p", "q", "café", "last", "{"]


def test_cells_go_through_merge_unchanged_and_a_planted_change_is_seen(shop: TrialShop):
    cells = ["tốt", 'nói "được"', "a\0b"]
    verdict = shop.judge(drop_of(cells, "comment", csv.QUOTE_MINIMAL, "\n"))
    assert check_cells(cells, "comment", verdict) == []
    verdict.accepted[0]["comment"] = "?"
    assert check_cells(cells, "comment", verdict) == [
        "comment 'tốt' became '?', expected 'tốt' "
    ]


def test_a_row_of_the_wrong_reason_is_seen():
    left = Counter({"control": 1, "": -2, "cells": 0})
    assert wrong_reasons(left, "comment") == [
        "comment: 1 rows too many are refused as control"
    ]
