"""The ratios that speed is judged by."""

from typing import Any

from bench.speed import ratios

CPU = {"ours": 3.0, "irspack": 6.0, "product": 2.0}


def test_ours_is_over_the_others(found_graph: dict[str, Any]) -> None:
    found = {"graph": found_graph, "ranking": {"sizes": {"9 x 8": {"cpu": CPU}}}}
    shares = {what: share for what, share, _ in ratios.rows(found)}
    assert shares == {
        "whole graph / straight script, s": 2.0,
        "whole graph / straight script, CPU s": 1.0,
        "whole graph / straight script, MB": 1.0,
        "whole graph, without / with kernels": 2.0,
        "whole graph, after a drop / from a fresh clone": 0.875,
        "refresh, 100 rows of known customers / whole graph": 0.25,
        "nothing to do: dvc repro / bare DVC project": 2.0,
        "nothing to do: runner.py repro / bare DVC project": 3.0,
        "evaluation of 9 x 8 / irspack": 0.5,
        "evaluation of 9 x 8 / product": 1.5,
    }


def test_both_figures_stand_beside_the_ratio(found_graph: dict[str, Any]) -> None:
    lines = list(ratios.lines({"graph": found_graph}))
    assert lines[1] == "| whole graph / straight script, s | 2.00 | 8.00 s / 4.00 s |"


def test_a_part_that_failed_or_was_not_run_has_no_ratios() -> None:
    assert list(ratios.rows({"graph": {"failed": "odd"}})) == []


def test_over_nothing_is_infinite() -> None:
    assert ratios.ratio("x", 1.0, 0.0, "s")[1] == float("inf")
