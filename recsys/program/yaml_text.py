"""YAML as plain values, by libyaml where that is sure to read the same: in a quarter of the time.

ruamel.yaml's own reader says best what is wrong with a text, and reads tabs and directives in
another way. So it reads what has these, and what libyaml refuses.
"""

from typing import Any

DEEPEST = 1000  # signs that open a level, and letters of a line: libyaml crashes at 100,000 levels


def load(text: str) -> Any:
    """What the text holds (YAML 1.2: `1e-3` is a number, a doubled key is an error).

    YAMLError of ruamel.yaml, ValueError, TypeError or RecursionError if it is no YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if is_plain(text):
        try:
            return YAML(typ="safe").load(text)
        except (YAMLError, ValueError, TypeError):  # said better below
            pass
    return YAML(typ="safe", pure=True).load(text)


def is_plain(text: str) -> bool:
    """Whether both readers take it in the same way: no tab, no directive, no depth."""
    if "\t" in text or text.startswith("%") or "\n%" in text:
        return False
    levels = text.count("[") + text.count("{")
    return levels < DEEPEST and max(map(len, text.splitlines()), default=0) < DEEPEST
