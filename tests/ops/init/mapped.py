"""Files that are sniffed in tests."""

from pathlib import Path

from ops.init.plan import Answers, Interactions, interactions_of
from ops.init.sniff import Form, sniff
from tests.ops.init.now import NOW

RATINGS = ("user,item,stars,date", "u1,p1,5,2024-01-05", "u2,p2,4,2024-01-06")


def form(folder: Path, *lines: str, name: str = "a.csv") -> Form:
    """A file of these lines."""
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return sniff(path, None, None, [])


def planned(folder: Path, *lines: str, name: str = "a.csv") -> Interactions:
    """What a file of these lines becomes."""
    return interactions_of(form(folder, *lines, name=name), Answers(), NOW)
