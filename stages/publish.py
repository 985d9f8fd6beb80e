"""Log the evaluation in MLflow and register the best model; nothing if that is done already.

reads   metrics/evaluate.json   every metric of every model
        models/<type>           manifest, curve and factors
        reports/evaluation.html the page that stands beside the runs
        data                    what a release is made of (recsys/publishing), and counts
        dvc.lock                for lineage, if it is there
        releases/<model_id>     the release, if it was published
writes  mlruns                  runs, and a version in the registry that MLflow can load; not an
                                out: it is no function of the deps, and keeps what was published
                                before

The last stage, without outs: DVC runs it when an evaluation or a model has changed. The runner
calls it after every good repro too, for mlruns may have been removed, restored or moved since.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys.program import params
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError
from recsys.registry import data_state, store
from recsys.registry.publish import publish
from recsys.registry.published import folders_in, is_published
from recsys.registry.registration import Origin

if TYPE_CHECKING:
    from recsys.serving.release import Release

log = logging.getLogger("publish")

SECTION = (
    "process"  # of params.yaml: what the release and the card need to know of the data
)


@dataclass
class Packaging:
    """Makes the folder that MLflow loads, of a release that was published or is made now; what
    takes long may begin, in a thread, before it is asked for.
    """

    data: Path
    models: Sequence[Path]  # their folders
    releases: Path
    threshold: float
    pool: ThreadPoolExecutor
    begun: "dict[Path, Future[Release]]" = field(default_factory=dict)

    def begin(self, folder: Path) -> "Future[Release]":
        """Begin with the release of the model in a folder."""
        if folder not in self.begun:
            self.begun[folder] = self.pool.submit(self._release, folder)
        return self.begun[folder]

    def _release(self, folder: Path) -> "Release":
        # here: what is published already costs no import of numpy
        from recsys.models import model_folder
        from recsys.publishing.contents import Sources, contents
        from recsys.serving import release

        model = model_folder.load(folder)
        model_id = model.manifest.model_id
        if (self.releases / model_id).exists():
            return release.load(self.releases, model_id)
        sources = Sources.under(self.data, self.threshold, self.models)
        return release.in_memory(*contents(model, sources))

    def __call__(self, target: Path, origin: Origin) -> None:
        from recsys.pyfunc import folder

        found = self.begin(origin.model).result()
        names = folder.Names(origin.logged_model, origin.run_id)
        folder.write(target, found, names, origin.card)


def load_ahead() -> None:
    """Import what is needed where something is to be published."""
    from recsys.models import model_folder  # noqa: F401 - for later
    from recsys.program import kernel_cache
    from recsys.publishing import contents  # noqa: F401 - for later
    from recsys.pyfunc import folder  # noqa: F401 - for later
    from recsys.serving import release  # noqa: F401 - for later

    store.load_mlflow()
    kernel_cache.get_ready()


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
    threshold = float(setting(section, "positive_threshold"))
    with ThreadPoolExecutor(1) as pool:
        releases = mlruns.parent / "releases"
        made = Packaging(data, list(folders.values()), releases, threshold, pool)
        done = publish(metrics, folders, mlruns, state, made, page, made.begin)
    log.info(done.sentence())


if __name__ == "__main__":
    enter(main)
