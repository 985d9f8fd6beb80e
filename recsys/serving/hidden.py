"""releases/hidden.txt: products that are not to be shown (out of stock, say), an id a line; and
releases/delisted.txt: those that the shop no longer has, written by each repro
(ops/pipeline/delisted.py).

Both are read again when they have changed. A file that cannot be read leaves what was hidden
hidden, and so does a folder that is away (a share that is not mounted). A line of hidden.txt is
taken as people write one: quotes, several ids with commas, and a remark after ` #` do no harm; one
that names no product of the model is told: it hides nothing.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recsys.program.errors import DataError
from recsys.serving.array_files import is_missing, opened

HIDDEN, DELISTED = "hidden.txt", "delisted.txt"
LARGEST = 1 << 26  # bytes
SHOWN = 60  # characters of a line in a message
ADVICE = (
    "let it be a plain UTF-8 file that the service may read, with a product id a line"
)

State = tuple[int, int, int] | None  # of the file: inode, time of any change, and size


def read(path: Path) -> frozenset[str]:
    """The ids in the file; none if there is no file. DataError if it is not text."""
    if is_missing(path):
        return frozenset()
    with opened(path, ADVICE) as file:
        content = file.read(LARGEST)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not UTF-8 text ({error.reason} at byte {error.start}); {ADVICE}"
        ) from None
    found = (line.strip() for line in lines)
    return frozenset(line for line in found if line and not line.startswith("#"))


def read_both(releases: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The lines of both files of this folder. DataError if one is not text."""
    return read(releases / HIDDEN), read(releases / DELISTED)


def readings(line: str) -> Iterator[list[str]]:
    """The ids that a line may mean, the likeliest first: as it stands, else without a remark,
    quotes and characters that show nothing, else as several ids.
    """
    yield [line]
    bare = _bare(re.split(r"\s#", line)[0])
    yield [bare]
    yield [_bare(part) for part in re.split("[,;\t]", bare) if part.strip()]


def unquoted(line: str) -> str:
    """The id of a line of delisted.txt: one as it stands, quoted where it begins with #."""
    return line[1:-1] if line.startswith('"#') else line


def _bare(text: str) -> str:
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return seen.strip().strip("\"'").strip()


def told(lines: Sequence[str]) -> str:
    """One sentence of lines that name no product of the model; "" without any."""
    if not lines:
        return ""
    count = "1 line names" if len(lines) == 1 else f"{len(lines)} lines name"
    return (
        f"{HIDDEN}: {count} no product of this model and so hides nothing, "
        f"e.g. {min(lines)[:SHOWN]!r}; write a product id as the data has it, one a line"
    )


@dataclass
class HideList:
    """What is hidden, as the file said it last."""

    path: Path
    products: frozenset[str] = frozenset()
    problem: str = ""  # why the file could not be read; "" if it could
    state: State = field(default=None)

    def changed(self, *, is_away: bool = False) -> bool:
        """Read the file if it is another one than last time, or could not be read then; whether
        what is hidden has changed. Where the folder `is_away`, no file there says nothing.
        """
        state = self._look()
        if (state == self.state and not self.problem) or (state is None and is_away):
            return False
        self.state, former = state, self.products
        try:
            self.products, self.problem = read(self.path), ""
        except DataError as error:
            self.problem = str(error)
        return self.products != former

    def _look(self) -> State:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_ctime_ns, found.st_size


class Hidden:
    """What is shown to nobody, by both files of a folder of releases as they said it last."""

    def __init__(self, releases: Path) -> None:
        self.listed, self.delisted = (
            HideList(releases / name) for name in (HIDDEN, DELISTED)
        )

    @property
    def problem(self) -> str:
        """Why a file could not be read; "" if both could."""
        return "; ".join(filter(None, (self.listed.problem, self.delisted.problem)))

    @property
    def lines(self) -> tuple[frozenset[str], frozenset[str]]:
        """What `read_both` gives."""
        return self.listed.products, self.delisted.products

    def changed(self, *, is_away: bool = False) -> bool:
        """Read what is another file than last time; whether what is hidden has changed."""
        listed = self.listed.changed(is_away=is_away)
        return self.delisted.changed(is_away=is_away) or listed
