"""What the doctor says of the engine."""

import json
from pathlib import Path

import pytest

from ops.doctor import engine, finding
from recsys.spark import session
from tests.recsys.spark.engines import SECTION


def params(folder: Path, **changes: object) -> Path:
    path = folder / "params.yaml"
    path.write_text(json.dumps({"engine": SECTION | changes}))
    return path


def test_the_local_one_needs_nothing(tmp_path: Path) -> None:
    found = engine.engine(params(tmp_path, name="local"))
    assert (found.level, found.seen) == ("ok", "local: it needs nothing more")


def test_spark_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "spark_version", lambda: "4.3.0")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    (found,) = finding.examined("engine", lambda: engine.engine(params(tmp_path)))
    assert (found.level, found.exit_code) == ("bad", 2)
    assert "needs Java 17 or newer, there is none here" in found.seen
    assert found.mend.startswith("install it (`apt-get install openjdk-17")


def test_a_master_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "check", lambda: None)
    path = params(tmp_path, master="spark://127.0.0.1:1")
    (found,) = finding.examined("engine", lambda: engine.engine(path))
    assert (found.level, found.exit_code) == ("bad", 6)
    assert "spark://127.0.0.1:1 does not answer" in found.seen


def test_all_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "spark_version", lambda: "4.3.0")
    monkeypatch.setattr(session, "java_version", lambda: 21)
    found = engine.engine(params(tmp_path))
    assert found.level == "ok"
    assert found.seen == "spark on local[2], pyspark 4.3.0, Java 21"
