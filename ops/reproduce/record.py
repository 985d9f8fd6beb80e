"""What is known of how a model was made: dvc.lock of its day, the commit, and its own files.

reads   mlruns/artifacts/<run>/artifacts/: model/, lineage/ (recsys/registry/runs.py)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from ops.reproduce.hashes import md5_of
from recsys.files.atomic import read_json
from recsys.models import manifest
from recsys.models.manifest import FILES
from recsys.models.warm_start import kept_models
from recsys.program import yaml_text
from recsys.program.errors import ConfigError, DataError
from recsys.registry.lineage import (
    BLEND,
    CHANGED,
    COMMIT,
    FOLDER,
    LOCK_FILE,
    TAGS_FILE,
    TRAIN,
)

CODE = ("recsys", "stages")


@dataclass(frozen=True)
class Entry:
    """A dep or out of a stage."""

    path: str
    md5: str

    @property
    def is_code(self) -> bool:
        return self.path.partition("/")[0] in CODE


@dataclass(frozen=True)
class Stage:
    """A stage as dvc.lock has it."""

    name: str
    command: str
    deps: tuple[Entry, ...]
    outs: tuple[Entry, ...]
    params: Mapping[str, Any]  # sections of params.yaml, or keys of them with dots

    @property
    def code(self) -> Iterator[Entry]:
        return (entry for entry in self.deps if entry.is_code)

    @property
    def data(self) -> Iterator[Entry]:
        return (entry for entry in self.deps if not entry.is_code)


@dataclass(frozen=True)
class Record:
    """How a model was made."""

    model_id: str
    model_type: str
    folder: Path  # its files in MLflow
    stages: Mapping[str, Stage]
    commit: str | None
    changed: str  # code that differed from the commit, by name; "" if none did
    python: str  # version, and the kind of machine; "" if it was not noted
    machine: str

    @property
    def training(self) -> Stage:
        """The stage that made the model."""
        return self.stages[stage_of(self.model_type)]


def stage_of(model_type: str) -> str:
    """The stage that makes models of this type."""
    return model_type if model_type == BLEND else f"{TRAIN}{model_type}"


def find(model_id: str, mlruns: Path) -> Record:
    """The record of a model that was published.

    ConfigError if there is none of this id, DataError if what made it was not recorded.
    """
    known = []
    for folder in kept_models(mlruns):
        try:
            found = manifest.read(folder)
        except (DataError, OSError):  # torn, and no other for it
            continue
        known.append(found.model_id)
        if found.model_id == model_id:
            return _record(model_id, found.model_type, folder)
    there_are = ", ".join(sorted(set(known))) or "none: run `make repro`"
    raise ConfigError(f"{mlruns}: no model {model_id[:60]!r}; there are {there_are}")


def _record(model_id: str, model_type: str, folder: Path) -> Record:
    lineage = folder.parent / FOLDER
    stages = read_stages(lineage / LOCK_FILE)
    tags = read_json(lineage / TAGS_FILE) if (lineage / TAGS_FILE).exists() else {}
    record = Record(
        model_id,
        model_type,
        folder,
        stages,
        tags.get(COMMIT),
        tags.get(CHANGED, ""),
        tags.get("python", ""),
        tags.get("machine", ""),
    )
    if stage_of(model_type) not in stages or not _is_of_the_model(record):
        raise DataError(
            f"{lineage / LOCK_FILE}: it is not of {model_id}, so what that was made of is not "
            f"known; models that `make repro` makes and publishes have it"
        )
    return record


def _is_of_the_model(record: Record) -> bool:
    """Whether the training stage of dvc.lock has made these very files."""
    made = {Path(out.path).name: out.md5 for out in record.training.outs}
    return all(made.get(name) == md5_of(record.folder / name) for name in FILES)


def read_stages(path: Path) -> dict[str, Stage]:
    """The stages of a dvc.lock by name. DataError if it is missing or torn."""
    try:
        tree = yaml_text.load(path.read_text(encoding="utf-8"))
        return {name: _stage(name, found) for name, found in tree["stages"].items()}
    except FileNotFoundError:
        raise DataError(
            f"{path}: no such file: it was not noted what the model was made of; models that "
            f"`make repro` makes and publishes have it"
        ) from None
    except (YAMLError, UnicodeDecodeError, TypeError, KeyError, AttributeError):
        raise DataError(
            f"{path}: not what DVC writes; nothing can be rebuilt"
        ) from None


def _stage(name: str, found: Mapping[str, Any]) -> Stage:
    return Stage(
        name,
        found["cmd"],
        _entries(found.get("deps", ())),
        _entries(found.get("outs", ())),
        (found.get("params") or {}).get("params.yaml") or {},
    )


def _entries(listed: Any) -> tuple[Entry, ...]:
    return tuple(Entry(each["path"], each.get("md5", "")) for each in listed)
