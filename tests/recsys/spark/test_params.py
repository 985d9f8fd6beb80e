"""The section engine."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from recsys.spark.params import engine
from tests.recsys.spark.engines import asked


def test_what_is_shipped_is_local() -> None:
    assert not engine(Path("params.yaml")).is_spark


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
