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

from recsys.shop_csv.header import guess_encoding
from recsys.source.foreign_file import open_unpacked

BLOCK = 1 << 20
MOST_LINES = 200  # with letters that are not ASCII: enough to guess by
VIETNAMESE_VOWELS = frozenset("aeiouyăâêôơư")
VIETNAMESE_LETTERS = frozenset("đươĐƯƠ")
SHOWN = 40  # characters of a sample


class Encoding(NamedTuple):
    """A codec of Python, why it is taken, and a text that it gives."""

    name: str
    why: str
    sample: str = ""


def encoding_of(path: Path) -> Encoding:
    """The encoding of a text file, which is read to its end."""
    with open_unpacked(path) as handle:
        start = handle.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", "it begins with the mark of UTF-16")
    if start.count(b"\0") > len(start) // 4:
        name = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
        return Encoding(name, "every other byte is 0")
    lines = _lines_that_are_not_utf8(path)
    if not lines:
        return Encoding("utf-8", "all bytes are UTF-8")
    sample = b"\n".join(lines)
    name, why = _code_page(sample)
    return Encoding(name, why, _shown(sample, name))


def _lines_that_are_not_utf8(path: Path) -> list[bytes]:
    """Some of the lines with a byte that is not UTF-8; none if all of the file is UTF-8."""
    found: list[bytes] = []
    with open_unpacked(path) as handle:
        rest = b""
        while data := handle.read(BLOCK):
            whole, _, rest = (rest + data).rpartition(b"\n")
            if not _is_utf8(whole):
                found += [line for line in whole.split(b"\n") if not _is_utf8(line)]
            if len(found) > MOST_LINES:
                return found[:MOST_LINES]
    return found if _is_utf8(rest) else [*found, rest]


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
