"""What has happened, newest first: a table of runs and of slots without one; of a job, or of all.

Sentences are folded, never cut: the end of a cause is its mend.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ops.explain.happenings import Happening
from ops.explain.moments import Clock
from ops.terminal import aligned, printable

HEAD = ("WHEN", "BY", "RESULT", "WHY")
NARROWEST = 40  # columns of a sentence
NOTHING = "nothing has happened yet: no job has run, and no slot was missed"


def of_all(found: Mapping[str, Sequence[Happening]], last: int) -> list[Happening]:
    """The newest of all jobs."""
    every = [one for of_job in found.values() for one in of_job]
    return sorted(every, key=lambda one: one.at, reverse=True)[:last]


def table(
    found: Sequence[Happening], clock: Clock, width: int, named: bool = False
) -> list[str]:
    """Lines of at most `width` columns; `named`: with the job of each."""
    heads = [_cells("JOB", HEAD, named)]
    heads += [_cells(one.job, _row(one, clock), named) for one in found]
    lines = aligned([(*cells, "") for *cells, _ in heads])
    indent = max(map(len, lines)) + 2
    room = max(width - indent, NARROWEST)
    return [
        line
        for start, (*_, sentence) in zip(lines, heads, strict=True)
        for line in _folded(start, sentence, indent, room)
    ]


def _row(one: Happening, clock: Clock) -> tuple[str, ...]:
    return clock.at(one.at), one.by, one.status, one.sentence


def _cells(job: str, row: tuple[str, ...], named: bool) -> tuple[str, ...]:
    when, *others = row
    return (when, job, *others) if named else row


def _folded(start: str, sentence: str, indent: int, room: int) -> Iterator[str]:
    pieces = textwrap.wrap(printable(sentence), room) or [""]
    for head, piece in zip([start, *[""] * len(pieces)], pieces, strict=False):
        yield f"{head:{indent}}{piece}".rstrip()


def as_json(found: Sequence[Happening]) -> list[dict[str, Any]]:
    """For programs; times are UTC."""
    return [{"job": one.job, **one.as_json()} for one in found]
