"""Make sure that the last evaluation stands in MLflow: DVC may restore it from its run cache without running it.

reads   metrics/evaluate.json, models/
writes  mlruns/         only if the evaluation is not there yet
"""

import logging
from pathlib import Path

from recsys import tracking
from recsys.door import enter

log = logging.getLogger("publish")


def main(
    metrics: Path = Path("metrics/evaluate.json"), models: Path = Path("models"), mlruns: Path = Path("mlruns")
) -> None:
    folders = {name: models / name for name in ("als", "bpr")}
    if tracking.marker(mlruns, tracking.evaluation_id(metrics, folders)).exists():
        return
    log.info(tracking.publish(metrics, folders, mlruns).sentence())


if __name__ == "__main__":
    enter(main)
