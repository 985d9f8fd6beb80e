"""params.yaml, typed: one section a stage or program, its class beside the code that uses it.

The file is read by the reader that DVC uses (YAML 1.2: `1e-3` is a number, a doubled key is an
error). There are no defaults in code: params.yaml is the truth.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from recsys.program.errors import ConfigError

SECTIONS = (
    "merge",
    "process",
    "embed",
    "train_als",
    "train_bpr",
    "tune",
    "evaluate",
    "drift",
    "runner",
    "deploy",
    "health",
    "cleanup",
)


class Section(BaseModel):
    """A section of params.yaml: frozen, strict, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


S = TypeVar("S", bound=Section)


def read(path: Path) -> dict[str, Any]:
    """All of params.yaml as plain dicts. ConfigError if it is missing, not YAML, or has an unknown
    section.
    """
    try:
        tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; run from the project's folder, or restore it with `git checkout {path.name}`"
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            f"{path}: a folder, not a file; restore it with `git checkout {path.name}`"
        ) from None
    except (
        YAMLError,
        ValueError,
        TypeError,
        RecursionError,
    ) as error:  # the reader lets all of these through
        raise ConfigError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{path}: expected sections {', '.join(SECTIONS)}, found {type(tree).__name__}"
        )
    for name in tree:
        if name not in SECTIONS:
            raise ConfigError(
                f"{path}: unknown section {name!r}{_did_you_mean(name, SECTIONS)}; known are {', '.join(SECTIONS)}"
            )
    return tree


def load(section: type[S], name: str, path: Path) -> S:
    """The section `name` of the file. ConfigError names the key, the value and what would be right."""
    tree = read(path)
    if name not in tree:
        raise ConfigError(
            f"{path}: section {name!r} is missing; restore it with `git checkout {path.name}`"
        )
    try:
        return section.model_validate(tree[name])
    except ValidationError as error:
        raise ConfigError(_explain(error, section, name, path)) from None


def _explain(error: ValidationError, section: type[Section], name: str, path: Path) -> str:
    """One line for the first wrong key, with a count of the others."""
    problems = sorted(
        error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden"
    )
    first = problems[0]  # an unknown key explains a missing one
    key = ".".join(str(part) for part in (name, *first["loc"]))
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _fields(section, first["loc"][:-1])
        hint = _did_you_mean(str(first["loc"][-1]), known)
        return f"{path}: unknown key {key}{hint}; known here are {', '.join(known)}{more}"
    if first["type"] == "missing":
        return f"{path}: key {key} is missing; restore it with `git checkout {path.name}` or write it{more}"
    message = first["msg"].removeprefix("Value error, ")
    found = (
        "" if isinstance(first["input"], dict) else f", found {first['input']!r}"
    )  # two keys that do not go together
    return f"{path}: {key}: {message[0].lower()}{message[1:]}{found}; correct it{more}"


def _fields(section: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Names of the keys that are known at `place` inside a section, through sections in it and
    dicts of sections.
    """
    fields: Mapping[str, Any] = section.model_fields
    skip = False
    for part in place:
        if skip:  # a dict's own key
            skip = False
            continue
        inner = fields[str(part)].annotation if str(part) in fields else None
        skip = get_origin(inner) is dict
        inner = get_args(inner)[1] if skip else inner
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        fields = inner.model_fields
    return sorted(fields)


def _did_you_mean(word: object, known: tuple[str, ...] | list[str]) -> str:
    close = difflib.get_close_matches(str(word), known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def known_zone(name: str) -> str:
    """The name itself. ValueError if there is no such zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"no time zone is named {name!r}; write an IANA name such as Asia/Ho_Chi_Minh"
        ) from None
    return name
