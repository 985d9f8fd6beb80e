"""What the lines of a file of interactions look like: its rating and its time say whether a line,
or a part of a text, is a row by itself.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

RATING = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
TIME = re.compile(r"[0-9][0-9 TZUC:+./APMapm-]{7,}")
SHIFTS = (0, -1, 1)  # a row that has a cell too many or too few is a row still

Judged = tuple[tuple[int, re.Pattern[str]], ...]


class Form(NamedTuple):
    """Where the cells stand that say whether a line is a row (`judged`, one or more, with what they
    look like), and where its texts stand; it has `width` cells.
    """

    width: int
    judged: Judged
    texts: tuple[int, ...]
    separator: str = ","

    @property
    def runs_on(self) -> bool:
        """Whether a text may go on in the next line: nothing that is judged stands behind it."""
        return max(self.texts, default=-1) > max(place for place, _ in self.judged)

    @property
    def runs_in(self) -> bool:
        """Whether a text may have begun in the line above: nothing judged stands before it."""
        first = min(place for place, _ in self.judged)
        return min(self.texts, default=self.width) < first

    def begins(self, text: str) -> bool:
        """Whether the first line of a text begins like a row."""
        cells = text.partition("\n")[0].split(self.separator)
        return any(_fit(cells, self.judged, shift) for shift in SHIFTS)

    def ends(self, text: str) -> bool:
        """Whether the last line of a text ends like a row."""
        cells = text.rpartition("\n")[2].split(self.separator)[::-1]
        judged = self._from_the_end(self.judged)
        return any(_fit(cells, judged, shift) for shift in SHIFTS)

    def is_strange(self, cells: Sequence[str]) -> bool:
        """Whether no judged cell of a row is what it should be; not where one is empty, or all
        cells of the row are alike: that is no text.
        """
        for place, pattern in self.judged:
            cell = cells[place].strip()
            if not cell or pattern.fullmatch(cell):
                return False
        return len(set(cells)) > 1

    def swallows(self, cell: str, place: int) -> bool:
        """Whether a row ends and another one begins at a line break in the cell at this place: two
        quotes were lost.
        """
        before = tuple(one for one in self.judged if one[0] < place)
        behind = self._from_the_end(one for one in self.judged if one[0] > place)
        return any(
            _fit(above.split(self.separator)[::-1], behind)
            and _fit(below.split(self.separator), before)
            for above, below in pairwise(cell.split("\n"))
        )

    def _from_the_end(self, judged: Iterable[tuple[int, re.Pattern[str]]]) -> Judged:
        return tuple((self.width - 1 - place, pattern) for place, pattern in judged)


def _fit(cells: Sequence[str], judged: Judged, shift: int = 0) -> bool:
    """Whether all judged cells are what they should be; they stand so many places further on."""
    return all(
        0 <= place + shift < len(cells)
        and pattern.fullmatch(cells[place + shift].strip(' "\r\t'))
        for place, pattern in judged
    )
