"""params.yaml, typed: one section a stage or program, its class beside the code that uses it.

The file is read by the reader that DVC uses (YAML 1.2: `1e-3` is a number, a doubled key is an
error). There are no defaults in code: params.yaml is the truth. Which sections there are is not
known here, so that a new one reruns no stage: `stages.check` and `ops.pipeline.check` collect them.
"""

import copy
import difflib
import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from recsys.program import yaml_text
from recsys.program.errors import ConfigError, in_one_line
from recsys.program.shown_values import shown, without_quotes

MISSPELT = (
    0.75  # likeness of a section's name from which on another one is taken for it
)
DOUBLED = re.compile(r'found duplicate key "([^"]*)"')
# all that the reader lets through beside its own errors
LET_THROUGH = (ValueError, TypeError, RecursionError)


class Section(BaseModel):
    """A section of params.yaml: frozen, strict, unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False
    )


S = TypeVar("S", bound=Section)
Tree = dict[str, Any]


def read(path: Path) -> Tree:
    """All of params.yaml as plain dicts. ConfigError if it is missing or no YAML of sections."""
    # here: a class of a section costs no YAML, and the service has sections and reads no file
    from ruamel.yaml.error import YAMLError

    restore = f"`git checkout {path.name}`"
    try:
        tree = copy.deepcopy(_parsed(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; run from the project's folder, or restore it with {restore}"
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            f"{path}: a folder, not a file; restore it with {restore}"
        ) from None
    except (YAMLError, *LET_THROUGH) as error:
        raise ConfigError(f"{path}: not readable as YAML: {_torn(error)}") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected sections, found {type(tree).__name__}")
    return tree


@lru_cache(maxsize=2)  # the same text is asked for section by section
def _parsed(text: str) -> Any:
    return yaml_text.load(text)


def _torn(error: Exception) -> str:
    """What the reader says, without the text of the file: a secret may stand there."""
    problem, mark = (
        getattr(error, "problem", None),
        getattr(error, "problem_mark", None),
    )
    if problem is None or mark is None:
        return without_quotes(in_one_line(error, limit=None))
    doubled = DOUBLED.match(problem)
    said = f"key {shown(doubled[1])} is doubled" if doubled else without_quotes(problem)
    return f"{said}; line {mark.line + 1}, column {mark.column + 1}"


def load(section: type[S], name: str, path: Path) -> S:
    """The section `name` of the file. ConfigError names key and value, and what would be right."""
    return checked(section, name, read(path), path)


def checked(section: type[S], name: str, tree: Tree, path: Path) -> S:
    """The section `name` of what was read from `path`. ConfigError as `load` raises it."""
    if name not in tree:
        raise ConfigError(f"{path}: {_missing(name, tree, path)}")
    try:
        return section.model_validate(tree[name])
    except ValidationError as error:
        raise ConfigError(f"{path}: {_explained(error, section, name, path)}") from None


def refuse_unknown(tree: Tree, known: Collection[str], path: Path) -> None:
    """ConfigError for the first section of the file that is not `known`, with the nearest name."""
    for name in tree:
        if name not in known:
            names = ", ".join(known)
            hint = _did_you_mean(name, known)
            raise ConfigError(
                f"{path}: unknown section {shown(name)}{hint}; known are {names}"
            )


def _missing(name: str, tree: Tree, path: Path) -> str:
    """What to say of a section that is not there: another one may be it, misspelt."""
    for other in difflib.get_close_matches(name, map(str, tree), n=1, cutoff=MISSPELT):
        return f"unknown section {shown(other)} (did you mean {name}?)"
    return f"section {name!r} is missing; restore it with `git checkout {path.name}`"


def _explained(
    error: ValidationError, section: type[Section], name: str, path: Path
) -> str:
    """One line for the first wrong key, with a count of the others."""
    problems = error.errors(include_url=False)
    unknown = [problem for problem in problems if problem["type"] == "extra_forbidden"]
    first = (unknown or problems)[0]  # an unknown key explains a missing one
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    parts = [shown(str(part)).strip("'") for part in first["loc"]]
    key = ".".join([name, *parts])
    if first["type"] == "extra_forbidden":
        return _unknown_key(key, _fields(section, first["loc"][:-1])) + more
    if first["type"] == "missing":
        restore = f"restore it with `git checkout {path.name}` or write it"
        return f"key {key} is missing; {restore}{more}"
    return f"{key}: {_wrong_value(first, key)}; correct it{more}"


def _unknown_key(key: str, known: list[str]) -> str:
    hint = _did_you_mean(key.rpartition(".")[2], known)
    return f"unknown key {key}{hint}; known here are {', '.join(known)}"


def _wrong_value(problem: ErrorDetails, key: str) -> str:
    """What a key ought to be, and what it is, unless it may be a secret; not so if two keys do not
    go together.
    """
    message = problem["msg"].removeprefix("Value error, ")
    rule = f"{message[0].lower()}{message[1:]}"
    value = problem["input"]
    if isinstance(value, dict):
        return rule
    if problem["type"] == "string_type" and isinstance(value, date):
        return f'a date or time is a text here; put quotes around it: "{value}"'
    return f"{rule}, found {shown(value, key.rpartition('.')[2])}"


def _fields(section: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """Names of the keys that are known at `place` inside a section, through sections in it and
    dicts of sections.
    """
    fields: Mapping[str, Any] = section.model_fields
    in_dict = False
    for part in place:
        if in_dict:  # a dict's own key
            in_dict = False
            continue
        inner = fields[str(part)].annotation if str(part) in fields else None
        in_dict = get_origin(inner) is dict
        if in_dict:
            inner = get_args(inner)[1]
        if get_origin(inner) is UnionType:  # a section that may be missing
            inner = get_args(inner)[0]
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        fields = inner.model_fields
    return sorted(fields)


def _did_you_mean(word: object, known: Collection[str]) -> str:
    close = difflib.get_close_matches(str(word), known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


# files beside the zones: that of this machine, and zones that count leap seconds
_NO_ZONE = re.compile(r"(?:localtime|posixrules|Factory)$|(?:right|posix)/")


def _check_zone(name: str) -> str:
    """The name itself. ValueError if there is no such zone, or if it is another one elsewhere."""
    try:
        if _NO_ZONE.match(name):
            raise ZoneInfoNotFoundError
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"no time zone is named {shown(name)}; write an IANA name such as Asia/Ho_Chi_Minh"
        ) from None
    return name


# an IANA name that this machine knows
TimeZone = Annotated[str, AfterValidator(_check_zone)]
