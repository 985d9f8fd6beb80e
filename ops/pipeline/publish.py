"""Make sure that the last evaluation stands in MLflow: DVC may restore it from its run cache
without running it.

reads   metrics/evaluate.json, models/
writes  mlruns/         only if the evaluation is not there yet
"""

import logging
from pathlib import Path

from recsys.program.command_line import enter
from recsys.registry import publish

log = logging.getLogger("publish")


def main(
    metrics: Path = Path("metrics/evaluate.json"),
    models: Path = Path("models"),
    mlruns: Path = Path("mlruns"),
) -> None:
    folders = {name: models / name for name in ("als", "bpr")}
    if publish.marker(mlruns, publish.evaluation_id(metrics, folders)).exists():
        return
    log.info(publish.publish(metrics, folders, mlruns).sentence())


if __name__ == "__main__":
    enter(main)
