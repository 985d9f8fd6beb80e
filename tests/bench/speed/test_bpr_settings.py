"""Which settings the straight script's BPR is given."""

import ast

from bench.house.imports import ROOT
from bench.shop import generate
from bench.speed import bpr_settings
from bench.speed.bpr_settings import Tried


def test_the_cheapest_of_those_near_the_best_is_chosen() -> None:
    every = [
        Tried({"factors": 1}, 100, 0.40, 9.0),
        Tried({"factors": 2}, 100, 0.396, 3.0),
        Tried({"factors": 3}, 100, 0.394, 1.0),
    ]
    assert bpr_settings.chosen(every) == every[1]


def test_each_setting_has_a_row_the_best_first(tmp_path, capsys, monkeypatch) -> None:
    assert generate.main([str(tmp_path), "--users", "200", "--products", "30"]) == 0
    capsys.readouterr()
    grid = {
        "factors": (8, 16),
        "learning_rate": (0.1,),
        "regularization": (0.01, 3.0),
    }
    monkeypatch.setattr(bpr_settings, "GRID", grid)
    assert bpr_settings.main([str(tmp_path)]) == 0
    title, *_, head, _, one, two, three, four, _, last = (
        capsys.readouterr().out.splitlines()
    )
    assert "30 products" in title and head.startswith("| factors")
    rows = [one, two, three, four]
    recalls = [float(row.split(" | ")[4]) for row in rows]
    assert recalls == sorted(recalls, reverse=True) and recalls[0] > recalls[-1]
    settings = ast.literal_eval(last.removeprefix("Chosen: "))
    cells = [str(value) for value in settings.values()]
    assert any(row.removeprefix("| ").split(" | ")[:3] == cells for row in rows)


def test_a_folder_without_a_shop_is_one_message(capsys) -> None:
    assert bpr_settings.main([str(ROOT / "docs")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("bench.speed.bpr_settings: ") and "Traceback" not in said
