"""The section engine."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from recsys.program.errors import ConfigError
from recsys.spark.params import engine, refuse_spark
from tests.recsys.spark.engines import SECTION, asked


def test_what_is_shipped_is_local() -> None:
    assert not engine(Path("params.yaml")).is_spark


def test_a_file_without_the_section_asks_for_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("merge: {}\n")
    assert not engine(path).is_spark
    path.write_text("engine: {name: spark}\n")
    with pytest.raises(ConfigError, match=r"key engine\.master is missing"):
        engine(path)


@pytest.mark.parametrize(
    "master",
    [
        "local",
        "local[4]",
        "local-cluster[2,1,1024]",
        "spark://a:7077",
        "yarn",
        "k8s://a",
    ],
)
def test_masters(master: str) -> None:
    assert asked(master=master).master == master


def test_what_fits_als_here_is_refused_where_spark_does(tmp_path: Path) -> None:
    refuse_spark(Path("params.yaml"), "tune")
    path = tmp_path / "params.yaml"
    path.write_text(json.dumps({"engine": SECTION}))
    with pytest.raises(
        ConfigError, match=r"engine\.name: spark: tune fits als on this"
    ):
        refuse_spark(path, "tune")


@pytest.mark.parametrize(
    "wrong",
    [
        {"master": "http://a:7077"},
        {"master": "locally"},
        {"memory": "2 GB"},
        {"memory": "0g"},
        {"blocks": 0},
        {"partitions": 0},
        {"part_bytes": 100},
        {"name": "flink"},
        {"settings": {"spark.executor.cores": 4}},
    ],
)
def test_what_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        asked(**wrong)
