"""Change values in params.yaml and nothing else: its comments, order and layout stay."""

from typing import Any

import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode

from recsys.program.errors import ConfigError


def rewritten(text: str, changes: dict[str, Any]) -> str:
    """The YAML text with other numbers and words, by keys joined by dots; a comment behind one
    keeps its column if it can.

    ConfigError if a key is not there, or its value is no plain scalar.
    """
    tree = YAML(typ="safe", pure=True).compose(text)
    found = [
        (_scalar(tree, key, isinstance(value, str)), value)
        for key, value in changes.items()
    ]
    for node, value in sorted(
        found, key=lambda one: one[0].start_mark.index, reverse=True
    ):
        text = _spliced(text, node.start_mark.index, node.end_mark.index, shown(value))
    return text


def shown(value: float | int | str) -> str:
    """A number as a person writes it; without an exponent. A word as it is: it must be one that
    needs no quotes.
    """
    return (
        str(value)
        if isinstance(value, int | str)
        else np.format_float_positional(value, trim="0")
    )


def _scalar(tree: Any, key: str, may_be_quoted: bool) -> ScalarNode:
    node = tree
    for part in key.split("."):
        inner = (
            {name.value: value for name, value in node.value}
            if isinstance(node, MappingNode)
            else {}
        )
        node = inner.get(part)
    quotes = ("'", '"') if may_be_quoted else ()
    styles = (None, "", *quotes)
    if not isinstance(node, ScalarNode) or node.anchor or node.style not in styles:
        what = "word" if may_be_quoted else "number"
        raise ConfigError(
            f"params.yaml: {key}: not a plain {what} in its place; write it by hand"
        )
    return node


def _spliced(text: str, begin: int, end: int, new: str) -> str:
    """Spaces before a comment on the same line give way to a longer value, or fill up after a
    shorter one.
    """
    rest = text[end:].split("\n", 1)[0]
    gap, more = rest.find(" #"), len(new) - (end - begin)
    if gap < 0:
        return text[:begin] + new + text[end:]
    stop = end + gap + 1  # where the comment begins
    start = end + len(rest[:gap].rstrip())
    spaces = max(1, stop - start - more)
    return text[:begin] + new + text[end:start] + " " * spaces + text[stop:]
