"""What becomes of a drop next, decided from what an intake sees of it (drops.py acts on it)."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from recsys.shop_csv.contract import STAGING

_LIKE_A_RATING = re.compile(rb"[0-9](?:\.[0-9]+)?").fullmatch
_LIKE_A_TIME = re.compile(rb"[0-9][0-9/-]{7,9}([ T].*)?").fullmatch


class Next(Enum):
    """The next step with a drop."""

    WAIT = auto()  # its header is being written: nothing can be read yet
    REFUSE = auto()  # it cannot be used: it is put aside
    # its complete records are sealed, if there are new ones; it stays claimed
    SEAL_PART = auto()
    SEAL_ALL = auto()  # it is sealed to its end, and goes


@dataclass(frozen=True)
class Seen:
    """What an intake sees of a drop."""

    size: int  # bytes, as they were after `is_written` was asked
    is_written: bool = False  # a process has it open for writing
    header_has_ended: bool = True  # line 1 has its newline
    fault: str = ""  # why it cannot be used
    last_line_has_ended: bool = True
    may_go_on: bool = False  # the app comes back to this file after it has closed it
    is_unchanged: bool = (
        False  # it is as long as when an intake last saw it without a writer
    )


def next_step(seen: Seen) -> Next:
    """The next step with a drop, by what is seen of it now."""
    if seen.is_written and not seen.header_has_ended:
        return Next.WAIT
    if seen.fault:
        return Next.REFUSE
    if seen.is_written:
        return Next.SEAL_PART
    is_finished = seen.last_line_has_ended or not seen.may_go_on or seen.is_unchanged
    return Next.SEAL_ALL if is_finished else Next.SEAL_PART


def looks_like_a_row(line: bytes) -> bool:
    """Whether a line that should be a header is a row in the order of STAGING.columns: a rating at
    its place, and a time at the end.
    """
    cells = [cell.strip(b' \t\r\n"') for cell in line.split(b",")]
    if len(cells) < len(STAGING.required):
        return False
    return bool(_LIKE_A_RATING(cells[2]) and _LIKE_A_TIME(cells[-1]))
