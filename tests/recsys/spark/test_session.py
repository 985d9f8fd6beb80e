"""A session of Spark: what it needs, that it says nothing, and what is left of it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError, StoreError
from recsys.spark import session
from tests.recsys.spark.engines import asked, needs_spark, one_at_a_time, scratch

COUNTS = """\
import sys
from pathlib import Path
from recsys.spark import session
from tests.recsys.spark.engines import asked
with session.opened(asked(), "counts", Path(sys.argv[1])) as spark:
    rows = spark.range(1000).mapInArrow(lambda batches: batches, "id long")
    print(rows.count())
import psutil
print(psutil.Process().children())
"""
FAULT = """\
import sys
from pathlib import Path
from recsys.program.errors import StoreError
from recsys.spark import session
from tests.recsys.spark.engines import asked
try:
    with session.opened(asked(), "fault", Path(sys.argv[1])) as spark:
        spark.range(1000).mapInArrow(lambda batches: 1 / 0, "id long").count()
except StoreError as error:
    print(error)
"""


def test_without_pyspark_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "spark_version", lambda: "")
    with pytest.raises(ConfigError, match=r"pip install 'pyspark>=4"):
        session.check()


def test_an_old_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(session, "spark_version", lambda: "4.3.0")
    with pytest.raises(ConfigError, match="found Java 8; install it"):
        session.check()


def test_a_master_that_answers_and_one_that_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        session.reach(f"spark://127.0.0.1:1,127.0.0.1:{port}")
    with pytest.raises(StoreError, match=r"does not answer .*refused"):
        session.reach("spark://127.0.0.1:1")
    session.reach("local[2]")
    with pytest.raises(StoreError, match="does not answer"):
        session.reach("spark://nowhere")


def test_settings_of_params_come_last(tmp_path: Path) -> None:
    more = {"spark.sql.shuffle.partitions": "7", "spark.executor.cores": "4"}
    found = session.settings_of(asked(settings=more), tmp_path)
    assert found["spark.sql.shuffle.partitions"] == "7"
    assert found["spark.executor.cores"] == "4"
    assert found["spark.driver.host"] == "127.0.0.1"
    far = session.settings_of(asked(master="yarn"), tmp_path)
    assert "spark.driver.host" not in far


@needs_spark
@one_at_a_time
def test_it_works_says_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNTS, str(scratch(tmp_path))],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1000\n[]\n", "")
    assert not scratch(tmp_path).exists()


@needs_spark
@one_at_a_time
def test_a_fault_is_one_line_and_keeps_what_spark_has_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULT, str(scratch(tmp_path))],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Spark failed: "), done.stderr
    assert done.stdout.startswith("Spark failed: ZeroDivisionError: division by zero; ")
    assert len(done.stdout.splitlines()) == 1
    assert "ZeroDivisionError" in (scratch(tmp_path) / session.LOG).read_text()
