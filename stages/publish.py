"""Log the evaluation in MLflow and register the better model; nothing if that is done already.

reads   metrics/evaluate.json   every metric of every model
        models/<type>           manifest, curve and factors
        dvc.lock                for lineage, if it is there
writes  mlruns                  runs, and a version in the registry; not an out: it is no function
                                of the deps, and keeps what was published before

The last stage, without outs: DVC runs it when an evaluation or a model has changed. The runner
calls it after every good repro too, for mlruns may have been removed or restored since.
"""

import logging
from pathlib import Path

from recsys.program.command_line import enter
from recsys.ranking.evaluation_file import MODELS
from recsys.registry.publish import is_published, publish

log = logging.getLogger("publish")


def main(metrics: Path, models: Path, mlruns: Path) -> None:
    folders = {name: models / name for name in MODELS}
    if not is_published(metrics, folders, mlruns):
        log.info(publish(metrics, folders, mlruns).sentence())


if __name__ == "__main__":
    enter(main)
