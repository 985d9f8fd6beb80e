"""A fit of ALS by both engines: what is asked of each, and what is told."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.speed import als_engines, engines
from bench.speed.cost import Cost
from recsys.als.params import Params
from recsys.program.params import load
from recsys.spark.params import engine
from tests.worlds import processed_shop

ASKED = engines.Asked("local[2]", "1g")


def test_params_ask_for_one_fit_and_nothing_else(tmp_path: Path) -> None:
    for name in als_engines.ENGINES:
        path = engines.params(tmp_path, name, ASKED, als_engines.only_a_fit(2, 8))
        settings = load(Params, "train_als", path)
        assert engine(path).is_spark == (name == "spark")
        assert settings.search == settings.cold_start == "off"
        assert settings.spark and settings.iterations == settings.spark.iterations == 2
        assert settings.factors == settings.spark.factors == 8


def test_both_fit_and_each_has_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By this machine both times: Spark's fit has tests of its own."""
    really = als_engines.run

    def run(project: Path, out: Path, settings: Path) -> Cost:
        cost = really(project, out, settings.with_name("local.yaml"))
        assert (out / "als/factors.npz").exists()
        return cost

    monkeypatch.setattr(als_engines, "run", run)
    likes = csr_matrix(np.eye(6, 4, dtype=np.float32) + np.eye(6, 4, 1, np.float32))
    shop = processed_shop(tmp_path, likes)
    assert (
        als_engines.main([str(shop.folder), "--iterations", "2", "--factors", "8"]) == 0
    )
    said = capsys.readouterr().out
    rows = [line for line in said.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[0] for row in rows] == ["| local", "| spark"]
    assert all(float(row.split(" | ")[1]) > 0 for row in rows)
    assert "2 iterations with 8 factors over" in said


def test_a_folder_that_is_no_project_is_one_message(tmp_path: Path, capsys) -> None:
    assert als_engines.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("data/processed: missing\n")
