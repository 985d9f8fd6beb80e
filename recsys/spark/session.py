"""A Spark session, for as long as a stage needs one; pyspark is imported nowhere else before."""

import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.program.errors import ConfigError, StoreError, in_one_line
from recsys.spark.params import Params

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OLDEST_JAVA = 17
JAVA_S = 20.0
GET_JAVA = "install it (`apt-get install openjdk-17-jre-headless`)"
GET_SPARK = "run `.venv/bin/pip install 'pyspark>=4.3,<5'`"
LOCAL = "or set engine.name: local in params.yaml"
LOOPBACK = "127.0.0.1"
LOG = "spark.log"
MASTER = "spark://"
REACH_S = 5.0
JVM_S = 20.0
NAMED = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception)\b.*: ")


# ---- what has to be installed ----
def check() -> None:
    """ConfigError that says what to install, if a session cannot be opened here."""
    if not spark_version():
        raise ConfigError(
            f"params.yaml: engine.name: spark needs pyspark; {GET_SPARK}, {LOCAL}"
        )
    java = java_version()
    if java < OLDEST_JAVA:
        seen = f"found Java {java}" if java else "there is none here"
        raise ConfigError(
            f"params.yaml: engine.name: spark needs Java {OLDEST_JAVA} or newer, {seen}; "
            f"{GET_JAVA}, {LOCAL}"
        )


def spark_version() -> str:
    """That of pyspark; "" if it is not installed."""
    if find_spec("pyspark") is None:
        return ""
    try:
        return version("pyspark")
    except PackageNotFoundError:
        return "unknown"


def java_version() -> int:
    """The major version of the Java that Spark would take; 0 if there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if not java:
        return 0
    try:
        told = subprocess.run(
            [java, "-version"],
            capture_output=True,
            text=True,
            timeout=JAVA_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else 0


# ---- the session ----
@contextmanager
def opened(params: Params, name: str, scratch: Path) -> Iterator["SparkSession"]:
    """A session of the engine; what it spills is under `scratch`, which is empty at first, and goes
    when all went well: else what Spark has said stands there (LOG).

    ConfigError if something is not installed, StoreError if the master cannot be reached, or if
    Spark fails.
    """
    check()
    reach(params.master)
    scratch = scratch.resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # pandas, which is not used
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        logging.getLogger("py4j").setLevel(logging.CRITICAL)
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName(name).master(params.master)
        for key, value in settings_of(params, scratch).items():
            builder = builder.config(key, value)
        has_failed = False
        try:
            with _said_to(scratch / LOG):  # the JVM keeps it
                session = builder.getOrCreate()
            yield session
        except (PySparkException, Py4JError) as error:
            has_failed = True
            raise StoreError(
                f"Spark failed: {_reason(error)}; what it has said is in {scratch / LOG}; mend it, "
                f"{LOCAL}"
            ) from error
        finally:
            _end(SparkSession.getActiveSession())
            if not has_failed:
                shutil.rmtree(scratch, ignore_errors=True)


def _reason(error: Exception) -> str:
    """The error of the program that failed: it stands at the end of a traceback."""
    lines = [line for line in str(error).splitlines() if NAMED.match(line)]
    return in_one_line(lines[-1] if lines else error)


def _end(session: "SparkSession | None") -> None:
    """Stop it, and wait for its JVM; one that is gone already is none to stop."""
    from pyspark import SparkContext

    if session is not None:
        with suppress(Exception):
            session.stop()
    process = getattr(SparkContext._gateway, "proc", None)
    if process is not None:
        process.stdin.close()  # it ends at that
        with suppress(subprocess.TimeoutExpired):
            process.wait(JVM_S)
        SparkContext._gateway = SparkContext._jvm = None


def reach(master: str) -> None:
    """StoreError if a master of Spark's own does not answer: Spark itself tries for a minute."""
    if not master.startswith(MASTER):
        return
    places = master.removeprefix(MASTER).split(",")
    said = ""
    for place in places:
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), REACH_S).close()
        except (OSError, ValueError) as error:
            said = in_one_line(error)
        else:
            return
    raise StoreError(
        f"params.yaml: engine.master: {master} does not answer ({said}); start it, {LOCAL}"
    )


@contextmanager
def _said_to(path: Path) -> Iterator[None]:
    """Let what is started say its errors into a file."""
    sys.stderr.flush()
    former = os.dup(2)
    with path.open("wb") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(former, 2)
        os.close(former)


def settings_of(params: Params, scratch: Path) -> dict[str, str]:
    """Spark's settings by name; those of params.yaml come last. Without the adaptive plan, and with
    times in UTC, results do not hang on the machine.
    """
    fixed = {
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.local.dir": str(scratch),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.PYTHONPATH": str(Path(__file__).parents[2]),
    }
    sizes = {
        "spark.driver.memory": params.memory,
        "spark.executor.memory": params.memory,
        "spark.sql.shuffle.partitions": str(params.partitions),
        "spark.default.parallelism": str(params.partitions),
    }
    here = ("spark.driver.host", "spark.driver.bindAddress")
    own = dict.fromkeys(here, LOOPBACK) if params.master.startswith("local") else {}
    return fixed | sizes | own | params.settings
