"""Which keys the objects of a file of JSON Lines have."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from recsys.source.foreign_file import composed, keys_of
from recsys.source.params import InteractionFiles
from recsys.source.values import object_of, text_of

OBJECTS = 200  # the first may lack what others have


def filled_keys(lines: Iterator[str], params: InteractionFiles) -> set[str]:
    """The keys of a mapping that have a value in one of the first objects, and those that it needs
    and that have one in any.
    """
    objects = _objects(islice(lines, OBJECTS), params)
    filled = {name for name in params.columns if _has(objects, name)}
    asked = params.needed - filled
    for line in lines:
        if not asked:
            break
        if any(_may_have(line, name) for name in asked):
            one = _objects(iter([line]), params)
            filled |= {name for name in asked if _has(one, name)}
            asked -= filled
    return filled


def _may_have(line: str, name: str) -> bool:
    """Whether an object may have this key: one look at a line costs less than to take it apart."""
    key = json.dumps(name.rpartition(".")[2])
    return not name.isascii() or key in line


def all_keys(lines: Iterator[str], params: InteractionFiles) -> list[str]:
    """The keys of the first objects, without those of the mapping that have no value."""
    objects = _objects(islice(lines, OBJECTS), params)
    filled = [name for name in params.columns if _has(objects, name)]
    asked = set(map(composed, params.columns))
    others = {key: None for one in objects for key in one if key not in asked}
    return [*filled, *others]


def _objects(
    lines: Iterator[str], params: InteractionFiles
) -> Sequence[dict[str, Any]]:
    made_of = keys_of(params)
    found = (object_of(line.strip(), made_of) for line in lines)
    return [one for one in found if one]


def _has(objects: Sequence[dict[str, Any]], name: str) -> bool:
    return any(text_of(one, composed(name)) for one in objects)
