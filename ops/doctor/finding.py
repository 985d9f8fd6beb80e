"""What the doctor has found of one thing: how it is, what was seen, and how to mend it."""

import json
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ops.terminal import aligned, counted
from recsys.program.errors import UserError, in_one_line

Level = Literal["ok", "warning", "bad"]
LEVELS: tuple[Level, ...] = ("ok", "warning", "bad")
A_BUG = UserError.exit_code


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    level: Level
    seen: str
    mend: str = ""  # "" if there is nothing to do
    exit_code: int = 0  # of the program, if this is the first bad one


def ok(what: str, seen: str) -> Finding:
    """It is well."""
    return Finding(what, "ok", seen)


def warning(what: str, seen: str, mend: str) -> Finding:
    """All goes on, but somebody should see to it."""
    return Finding(what, "warning", seen, mend)


def bad(what: str, seen: str, mend: str, exit_code: int) -> Finding:
    """Something does not work."""
    return Finding(what, "bad", seen, mend, exit_code)


def examined(what: str, look: Callable[[], Finding | list[Finding]]) -> list[Finding]:
    """What is found; what cannot be looked at is bad, with the error's own advice."""
    try:
        found = look()
    except UserError as error:
        seen, _, mend = str(error).partition("; ")
        return [bad(what, seen, mend or "see the message", error.exit_code)]
    except OSError as error:
        place = error.filename or what
        seen = f"{place}: {error.strerror or in_one_line(error)}"
        return [bad(what, seen, "let the user who runs the pipeline read it", 2)]
    return found if isinstance(found, list) else [found]


def exit_code(found: Iterable[Finding]) -> int:
    """0, or the code of the first that is bad."""
    return next((one.exit_code or A_BUG for one in found if one.level == "bad"), 0)


def worst(found: Iterable[Finding]) -> Level:
    """The worst level; ok if nothing was looked at."""
    return max((one.level for one in found), key=LEVELS.index, default="ok")


def as_text(found: Sequence[Finding], width: int) -> str:
    """For people: a thing a line, folded at `width` columns, below it what to do."""
    heads = aligned([(one.level, one.what) for one in found])
    indent = max(map(len, heads), default=0) + 2
    room = max(width - indent, 40)
    shown = []
    for one, head in zip(found, heads, strict=True):
        said = textwrap.wrap(one.seen, room) or [""]
        said += [f"-> {line}" for line in textwrap.wrap(one.mend, room - 3)]
        starts = [head, *[""] * (len(said) - 1)]
        shown += [f"{a:{indent}}{b}" for a, b in zip(starts, said, strict=True)]
    return "\n".join([*shown, _summary(found)])


def _summary(found: Sequence[Finding]) -> str:
    levels = [one.level for one in found]
    if worst(found) == "ok":
        return f"all is well ({counted(len(found), 'thing')} looked at)"
    counts = [f"{levels.count(level)} {level}" for level in LEVELS[::-1]]
    return ", ".join(counts)


def as_json(found: Sequence[Finding]) -> str:
    """For programs."""
    report = {"overall": worst(found), "findings": [asdict(one) for one in found]}
    return json.dumps(report, indent=2, ensure_ascii=False)
