"""The text of params.yaml with other values, its comments and all else as they were."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node

from recsys.program.errors import ConfigError

_PLAIN = re.compile(r"[A-Za-z_][\w.+/-]*")
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def with_values(text: str, changes: Mapping[str, Any]) -> str:
    """The text with other values, by keys joined by dots: scalars, or lists of scalars, which are
    written on one line.

    ConfigError if a key is not there.
    """
    for key, value in changes.items():
        node = _node(text, key)
        start, end = node.start_mark.index, node.end_mark.index
        if text[start] == "-":  # a list with an item a line
            start = text.rindex(":", 0, start) + 1
            last = node.value[-1].end_mark.index
            behind = text[start : text.index("\n", start)]
            text = f"{text[:start]} []{behind}{text[text.index(chr(10), last) :]}"
            start, end = start + 1, start + 3
        text = _spliced(text, start, end, flow(value))
    return text


def with_section(text: str, name: str, lines: Sequence[str]) -> str:
    """The text with other lines below the section's own line.

    ConfigError if there is no such section.
    """
    _node(text, name)
    found = re.search(rf"^{name}:.*\n((?:[ #].*\n|\n(?=[ #]))*)", text, re.MULTILINE)
    if not found:
        raise ConfigError(f"params.yaml: no section {name!r} in its place; restore it")
    start, end = found.span(1)
    return text[:start] + "".join(f"{line}\n" for line in lines) + text[end:]


def entry_lines(entry: Mapping[str, Any], notes: Mapping[str, str]) -> list[str]:
    """An entry of a list of sections, a key a line, with a note behind it."""
    lines = []
    for at, (key, value) in enumerate(entry.items()):
        text = f"{'    - ' if not at else '      '}{key}: {flow(value)}"
        note = notes.get(key, "")
        lines.append(f"{text:<35} # {note}" if note else text)
    return lines


def flow(value: Any) -> str:
    """A value on one line of YAML; all texts but plain names are quoted."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.lower() not in _RESERVED:
        return value
    escaped = "".join(
        letter
        if letter.isprintable() and letter not in '"\\'
        else {"\t": "\\t", '"': '\\"', "\\": "\\\\"}.get(
            letter, f"\\U{ord(letter):08x}"
        )
        for letter in value
    )
    return f'"{escaped}"'


def _node(text: str, key: str) -> Node:
    node: Any = YAML(typ="safe", pure=True).compose(text)
    for part in key.split("."):
        inner = (
            {name.value: value for name, value in node.value}
            if isinstance(node, MappingNode)
            else {}
        )
        node = inner.get(part)
    if node is None:
        raise ConfigError(
            f"params.yaml: key {key} is missing; restore it with `git checkout params.yaml`"
        )
    found: Node = node
    return found


def _spliced(text: str, start: int, end: int, new: str) -> str:
    """A comment behind the value keeps its column if it can."""
    stop = text.index("\n", end)
    rest = text[end:stop]
    comment = rest.lstrip()
    if not comment.startswith("#"):
        return text[:start] + new + text[end:]
    width = max(end - start + len(rest) - len(comment), len(new) + 1)
    return f"{text[:start]}{new:<{width}}{comment}{text[stop:]}"
