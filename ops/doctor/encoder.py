"""The packages and weights that embed and process need, looked for on this disk; the hub is not
asked.

reads   params.yaml (embed, process.quality), folders of models, installed packages, the hub's cache
"""

from pathlib import Path
from typing import Any

from ops.doctor.finding import Finding, bad, ok, warning
from recsys.pretrained import installed, model_source
from recsys.pretrained.model_source import PIP
from recsys.program import params as parameters
from recsys.program.errors import ConfigError

CONFIG = ConfigError.exit_code
WEIGHTS = "*.safetensors"
GET = "run `make venv LIGHT=0`, or set one that is no transformer in params.yaml"
FETCH = "run `python runner.py repro {stage}` once where this machine reaches the hub"


def weights(params: Path) -> list[Finding]:
    """Those of the encoder, and of the scorer of comments if it is a transformer."""
    tree = parameters.read(params)
    embed, quality = (
        _section(tree, "embed"),
        _section(_section(tree, "process"), "quality"),
    )
    return [
        _look("encoder", embed, str(embed.get("encoder")), "embed"),
        _look("scorer", quality, str(quality.get("scorer")), "process"),
    ]


def _section(tree: dict[str, Any], name: str) -> dict[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def _look(what: str, section: dict[str, Any], kind: str, stage: str) -> Finding:
    if kind != "transformer":
        return ok(what, f"{kind}: it needs no weights")
    if names := " and ".join(installed.missing()):
        return bad(what, f"{names} not installed", GET, CONFIG)
    model, revision = str(section.get("model")), str(section.get("revision"))
    try:
        folder = on_disk(model, revision)
    except ConfigError as error:
        seen, _, mend = str(error).removeprefix("params.yaml: ").partition("; ")
        return bad(what, seen, mend, CONFIG)
    if folder is None:
        return warning(what, f"{model}: not on this disk", FETCH.format(stage=stage))
    if not any(folder.glob(WEIGHTS)):
        step = f"{FETCH.format(stage=stage)}, or set another model in params.yaml"
        return bad(what, f"{folder}: no {WEIGHTS} in it", step, CONFIG)
    return ok(what, f"{model}: in {folder}")


def on_disk(model: str, revision: str) -> Path | None:
    """The folder of a model's files; None if the hub's cache has none. ConfigError of a package."""
    if model.startswith(PIP):
        return model_source.package_folder(model.removeprefix(PIP))
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import try_to_load_from_cache  # here: half a second

    if not model_source.is_hub_id(model):
        return None
    found = try_to_load_from_cache(model, "config.json", revision=revision)
    return Path(found).parent if isinstance(found, str) else None
