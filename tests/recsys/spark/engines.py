"""Settings of Spark for tests, and where it is missing."""

from pathlib import Path
from typing import Any

import pytest

from recsys.spark import session
from recsys.spark.params import Params

SECTION: dict[str, Any] = {
    "name": "spark",
    "master": "local[2]",
    "partitions": 3,
    "blocks": 2,
    "part_bytes": 1 << 16,
    "memory": "1g",
    "settings": {},
}


def lacks() -> str:
    """What Spark needs and this machine has not; "" if nothing."""
    if not session.spark_version():
        return "no pyspark here: pip install 'pyspark>=4.3,<5'"
    if session.java_version() < session.OLDEST_JAVA:
        return "no Java 17 here: apt-get install openjdk-17-jre-headless"
    return ""


def asked(**changes: Any) -> Params:
    return Params.model_validate(SECTION | changes)


needs_spark = pytest.mark.skipif(bool(lacks()), reason=lacks() or "Spark is here")
# one JVM at a time: two of them fight for two cores
one_at_a_time = pytest.mark.xdist_group("spark")


def scratch(folder: Path) -> Path:
    return folder / "scratch"
