"""Both engines beside each other: what is run, and what is compared."""

from pathlib import Path

import pytest

from bench.speed import engines
from bench.speed.cost import Cost
from recsys.spark.params import engine

ASKED = engines.Asked("local[2]", "1g", comments=True)


def test_params_name_the_engine(tmp_path: Path) -> None:
    made = [
        engine(engines.params(tmp_path, name, ASKED)) for name in ("local", "spark")
    ]
    assert [one.is_spark for one in made] == [False, True]
    assert (made[1].master, made[1].memory) == ("local[2]", "1g")


def test_outs_that_differ_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stages run by this machine both times; then one out of the second is another."""

    def run(stage: str, shop: Path, out: Path, settings: Path) -> Cost:
        by_local = settings.with_name("local.yaml")
        cost = really(stage, shop, out, by_local)
        if stage == "process" and out.name == "spark":
            (out / "processed/split.json").write_text("{}")
        return cost

    really = engines.run
    monkeypatch.setattr(engines, "run", run)
    table = list(engines.lines(tmp_path, [300], ASKED))
    rows = [line.split(" | ") for line in table if line.startswith("| ")][1:]
    assert [row[1:3] for row in rows] == [
        ["merge", "local"],
        ["merge", "spark"],
        ["process", "local"],
        ["process", "spark"],
    ]
    assert [row[-1] for row in rows] == [" |", "the same |", " |", "OTHERS |"]
