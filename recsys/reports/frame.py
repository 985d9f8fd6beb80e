"""What the pages have in common: the frame, and figures in words.

The same facts give the same bytes: a page has no date in it and no name of a machine. All that
comes from outside is escaped, and nothing is loaded from elsewhere.
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape  # it comes with jinja2

from recsys.statistics.bootstrap import MeanInterval

HERE = Path(__file__).parent
LONGEST = 300  # characters of a text that is shown
# marks of Unicode that turn the direction of what stands behind them
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def filled(
    template: str,
    content: Mapping[str, Any],
    *filters: Callable[..., Any],
    folder: Path = HERE,
) -> str:
    """The template of this folder, or of another one, filled, HTML; `filters` are known in it by
    their names.

    jinja2.UndefinedError if it names what `content` has not.
    """
    return _environment(folder, filters).get_template(template).render(content)


@lru_cache
def _environment(folder: Path, filters: tuple[Callable[..., Any], ...]) -> Environment:
    """What templates are read by; they are compiled once, a server fills them often."""
    env = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    known = (mean, ends, between, settings, count, shown, told, *filters)
    env.filters |= {one.__name__: one for one in known}
    return env


def interval_of(row: Mapping[str, float], metric: str) -> MeanInterval:
    """A metric of a row with its interval."""
    return MeanInterval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])


def mean(row: Mapping[str, float], metric: str, sign: str = "") -> str:
    """A metric with three decimals."""
    return f"{row[metric]:{sign}.3f}"


def ends(row: Mapping[str, float], metric: str, sign: str = "") -> str:
    """The ends of its interval."""
    return f"{row[f'{metric}_low']:{sign}.3f} to {row[f'{metric}_high']:{sign}.3f}"


def between(row: Mapping[str, float], metric: str, sign: str = "") -> str:
    """A metric with its interval."""
    return f"{mean(row, metric, sign)} ({ends(row, metric, sign)})"


def count(value: float) -> str:
    """A number of things, with commas."""
    return f"{int(value):,}"


def shown(text: object, most: int = LONGEST) -> str:
    """A text that may come from outside: without control characters and without those that turn
    the writing of what follows, in one line, at most so many characters.
    """
    line = " ".join(str(text).split())[: most + 1]
    kept = "".join(letter for letter in line if not _is_control(letter))
    return kept if len(line) <= most else f"{kept[:most]}…"


def told(text: object, most: int = LONGEST) -> Markup:
    """The same, and what stands between backticks is code: a command that may be copied."""
    parts = shown(text, most).split("`")
    if len(parts) % 2 == 0:  # one that nothing closes is a letter
        parts[-2:] = ["`".join(parts[-2:])]
    made = (
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )
    return Markup("").join(made)


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in TURNING


def settings(values: Mapping[str, Any] | None) -> str:
    """Settings in one line; `as in params.yaml` where there are none."""
    if not values:
        return "as in params.yaml"
    return ", ".join(f"{name} {value}" for name, value in values.items())
