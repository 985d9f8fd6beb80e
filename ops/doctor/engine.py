"""What merge, process, train_als and the export run on: is it installed, does its master answer.

reads   params.yaml (engine), names of installed packages, Java's version; asks the master
"""

from pathlib import Path

from ops.doctor.finding import Finding, ok
from recsys.spark import session
from recsys.spark.params import engine as engine_params


def engine(params: Path) -> Finding:
    """A line on the engine. ConfigError and StoreError say what is missing."""
    asked = engine_params(params)
    if not asked.is_spark:
        return ok("engine", "local: it needs nothing more")
    session.check()
    session.reach(asked.master)
    versions = f"pyspark {session.spark_version()}, Java {session.java_version()}"
    return ok("engine", f"spark on {asked.master}, {versions}")
