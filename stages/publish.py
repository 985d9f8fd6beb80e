"""Log the evaluation in MLflow and register the best model; nothing if that is done already.

reads   metrics/evaluate.json   every metric of every model
        models/<type>           manifest, curve and factors
        reports/evaluation.html the page that stands beside the runs
        data                    what a release is made of (recsys/serving/contents.py), and counts
        dvc.lock                for lineage, if it is there
        releases/<model_id>     the release, if it was published
writes  mlruns                  runs, and a version in the registry that MLflow can load; not an
                                out: it is no function of the deps, and keeps what was published
                                before

The last stage, without outs: DVC runs it when an evaluation or a model has changed. The runner
calls it after every good repro too, for mlruns may have been removed, restored or moved since.
"""

import logging
from functools import partial
from pathlib import Path
from typing import Any

from recsys.program import params
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError
from recsys.registry import data_state, store
from recsys.registry.publish import publish
from recsys.registry.published import folders_in, is_published
from recsys.registry.registration import Origin

log = logging.getLogger("publish")

SECTION = (
    "process"  # of params.yaml: what the release and the card need to know of the data
)


def package(
    target: Path, origin: Origin, data: Path, releases: Path, threshold: float
) -> None:
    """Make the folder that MLflow loads, of a release that was published or is made now."""
    # here: what is published already costs no import of numpy
    from recsys.models import model_folder
    from recsys.pyfunc import folder
    from recsys.serving import release
    from recsys.serving.contents import Sources, contents

    model = model_folder.load(origin.model)
    model_id = model.manifest.model_id
    if (releases / model_id).exists():
        found = release.load(releases, model_id)
    else:
        sources = Sources.under(data, threshold)
        found = release.in_memory(*contents(model, sources))
    names = folder.Names(origin.logged_model, origin.run_id)
    folder.write(target, found, names, origin.card)


def load() -> None:
    """Import what is needed where something is to be published."""
    from recsys.models import model_folder  # noqa: F401 - for later
    from recsys.pyfunc import folder  # noqa: F401 - for later
    from recsys.serving import contents, release  # noqa: F401 - for later

    store.load_mlflow()


def setting(section: dict[str, Any], key: str) -> Any:
    """A key of the section. ConfigError if it is missing."""
    if key not in section:
        raise ConfigError(f"{PARAMS_FILE}: {SECTION}.{key} is missing; add it")
    return section[key]


def main(metrics: Path, models: Path, data: Path, mlruns: Path, page: Path) -> None:
    folders = folders_in(models)
    store.anchor_it(mlruns)
    if is_published(metrics, folders, mlruns):
        return
    section = params.read(Path(PARAMS_FILE)).get(SECTION) or {}
    state = data_state.read(data / "processed", setting(section, "split"))
    made = partial(
        package,
        data=data,
        releases=mlruns.parent / "releases",
        threshold=float(setting(section, "positive_threshold")),
    )
    log.info(publish(metrics, folders, mlruns, state, made, page).sentence())


if __name__ == "__main__":
    enter(main, load=load)
