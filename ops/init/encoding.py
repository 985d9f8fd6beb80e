"""Which encoding a text file is in: UTF-8 or UTF-16 if it can be, else the code page that its
letters speak for. What was guessed is shown with a sample, for a person to judge.
"""

import codecs
import re
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import charset_normalizer

from recsys.program.errors import ConfigError
from recsys.shop_csv.header import guess_encoding
from recsys.source.foreign_file import open_unpacked

BLOCK = 1 << 20
MOST_LINES = 200  # with letters that are not ASCII: enough to guess by
VIETNAMESE_VOWELS = frozenset("aeiouyăâêôơư")
VIETNAMESE_LETTERS = frozenset("đươĐƯƠ")
SHOWN = 40  # characters of a sample
FEW = 0.1  # so many of the lines may be slips; chance makes fewer of a code page UTF-8


class Encoding(NamedTuple):
    """A codec of Python, why it is taken, and a text that it gives."""

    name: str
    why: str
    sample: str = ""


def encoding_of(path: Path) -> Encoding:
    """The encoding of a text file, which is read to its end.

    ConfigError if it seems to be in two.
    """
    with open_unpacked(path) as handle:
        start = handle.read(4096)
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return Encoding("utf-32", "it begins with the mark of UTF-32")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", "it begins with the mark of UTF-16")
    if start.count(b"\0") > len(start) // 4:
        name = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
        return Encoding(name, "every other byte is 0")
    seen = _look(path)
    if not seen.others:
        return Encoding("utf-8", "all bytes are UTF-8")
    sample = b"\n".join(seen.lines)
    name, why = _code_page(sample)
    is_no_chance = name == "cp1252" and seen.utf8 > 0
    if is_no_chance or seen.utf8 >= FEW * (seen.utf8 + seen.others):
        return _mostly_utf8(path, seen)
    return Encoding(name, why, _shown(sample, name))


def _mostly_utf8(path: Path, seen: "_Seen") -> Encoding:
    """UTF-8, if no more lines than a few are something else."""
    both = seen.utf8 + seen.others
    if seen.others > FEW * both:
        raise ConfigError(
            f"{path}: two encodings in one file: of the lines with letters beyond ASCII "
            f"{seen.utf8} are UTF-8 and {seen.others} are not, the first is line {seen.first}; "
            f"bring them to one, or name it, and the other rows are refused or misread: "
            f"--encoding utf-8"
        )
    is_or_are = "is" if seen.others == 1 else "are"
    why = f"{seen.others} of {both} lines with such letters {is_or_are} not: refused"
    return Encoding("utf-8", why)


class _Seen(NamedTuple):
    """Lines with letters beyond ASCII: how many are UTF-8, and how many others there are; some of
    these, and the number of the first.
    """

    utf8: int
    others: int
    lines: list[bytes]
    first: int


def _look(path: Path) -> _Seen:
    utf8 = others = first = passed = 0
    found: list[bytes] = []
    with open_unpacked(path) as handle:
        rest = b""
        while data := handle.read(BLOCK):
            whole, mark, rest = (rest + data).rpartition(b"\n")
            lines = [] if whole.isascii() else whole.split(b"\n")
            wrong = [] if _is_utf8(whole) else _wrong_lines(lines)
            if wrong and not others:
                first = passed + wrong[0] + 1
            utf8 += sum(not line.isascii() for line in lines) - len(wrong)
            others += len(wrong)
            found += [lines[at] for at in wrong[: MOST_LINES - len(found)]]
            passed += whole.count(b"\n") + len(mark)
    if not _is_utf8(rest):
        return _Seen(utf8, others + 1, [*found, rest], first or passed + 1)
    return _Seen(utf8 + (not rest.isascii()), others, found, first)


def _wrong_lines(lines: list[bytes]) -> list[int]:
    """Which lines are not UTF-8."""
    return [at for at, line in enumerate(lines) if not _is_utf8(line)]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _code_page(sample: bytes) -> tuple[str, str]:
    if _is_vietnamese(sample):
        return "cp1258", "its letters make Vietnamese words in Windows-1258"
    if guess_encoding(sample).startswith("latin-1"):
        return "cp1252", "its letters are those of Western Europe in Windows-1252"
    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        return "cp1252", "no encoding fits it well"
    return best.encoding, "its letters are most likely in this one"


def _is_vietnamese(sample: bytes) -> bool:
    """Whether tone marks stand behind vowels, and letters of no other language among them."""
    text = sample.decode("cp1258", "replace")
    letters = [letter for letter in text if not letter.isascii()]
    before = pairwise(text)
    marks = sum(
        bool(unicodedata.combining(mark)) and vowel.lower() in VIETNAMESE_VOWELS
        for vowel, mark in before
    )
    return marks > 0.2 * len(letters) and bool(VIETNAMESE_LETTERS & set(text))


def _shown(sample: bytes, name: str) -> str:
    """Words with letters that are not ASCII."""
    text = unicodedata.normalize("NFC", sample.decode(name, "replace"))
    words = [word for word in re.findall(r"\w+", text) if not word.isascii()]
    return " ".join(dict.fromkeys(words))[:SHOWN]
