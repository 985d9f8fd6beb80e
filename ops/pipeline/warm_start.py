"""`run train --warm-start`: training begins at the models that it has made last.

reads   models/<type>/manifest.json
writes  params.yaml: train_<type>.warm_start, and nothing else in it

The id is a setting like all others: DVC, the lineage and `runner.py reproduce` go by it. So it
stays, and later trainings begin at the same model, until it is set to off. A training that fails
leaves params.yaml as it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ops.pipeline.dvc_repair import Say
from recsys.files.atomic import write_text
from recsys.program.command_line import PARAMS_FILE
from recsys.program.errors import ConfigError, DataError

MODELS = ("als", "bpr")


def around(
    train: Callable[[], int],
    root: Path,
    targets: Sequence[str],
    flags: Sequence[str],
    say: Say,
) -> int:
    """Train from the models made last; its exit code. params.yaml is as it was if that is not 0."""
    before, code = begin(root, targets, flags, say), None
    try:
        code = train()
    finally:
        if code != 0:
            take_back(root, before, say)
    return code


def begin(root: Path, targets: Sequence[str], flags: Sequence[str], say: Say) -> str:
    """Write the ids into params.yaml, and say them; its text of before.

    ConfigError if a model was not trained yet, or has no plain setting.
    """
    from ops.tuning.params_file import rewritten  # here: it loads numpy, for few

    file = root / PARAMS_FILE
    before = file.read_bytes().decode()
    single = "--single-item" in flags
    models = [name for name in MODELS if not single or f"train_{name}" in targets]
    ids = {f"train_{name}.warm_start": last(root, name) for name in models}
    write_text(file, rewritten(before, ids))
    for key, model_id in ids.items():
        say(
            f"{PARAMS_FILE}: {key} is {model_id} from now on; off: to train from nothing"
        )
    return before


def last(root: Path, model: str) -> str:
    """The id of the model that the stage of this name has made last."""
    from recsys.models import manifest  # here: it loads pydantic, for few

    folder = root / "models" / model
    try:
        return manifest.read(folder).model_id
    except (OSError, DataError):
        raise ConfigError(
            f"--warm-start: {folder} has no model to begin at; "
            f"run `python runner.py run train` without it first"
        ) from None


def take_back(root: Path, before: str, say: Say) -> None:
    """Put the text of before into params.yaml again."""
    write_text(root / PARAMS_FILE, before)
    say(f"{PARAMS_FILE} is as it was before --warm-start")
