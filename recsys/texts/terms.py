"""Terms of a text: words and pairs of words; where a script puts no spaces between words, runs of
one to three characters.

A character is a letter with the marks that belong to it, so that Thai, Hindi or Burmese words are
not cut at their vowels. Words of scripts without spaces cannot be found without a dictionary;
characters in a row do as well for likeness of texts (Peng and Schuurmans, 2003).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

LONGEST = 3  # characters of a run
# Thai, Lao, Tibetan, Burmese, Khmer, Tai, Javanese, Balinese, kana, Han, Yi
NO_SPACES = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u0f40-\u0fbc\u1000-\u103f\u1050-\u108f"
    "\u1780-\u17d3\u17d7\u17dc\u1950-\u19c9\u1a20-\u1a7c\u1b05-\u1b4b\ua980-\ua9c0\ua9e0-\ua9ef"
    "\uaa60-\uaadd\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48c\uf900-\ufaff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\U00020000-\U0003134f"
)
_USUAL = re.compile(r"[\w\u0300-\u036f]+")


def terms(text: str) -> list[str]:
    """The terms of a text in lower case, as often as they stand there."""
    text = text.lower()
    if not _unusual().search(text):  # quicker, and what the rest would find
        return _words_and_pairs(_USUAL.findall(text))
    found: list[str] = []
    words: list[str] = []
    for match in _pattern().finditer(text):
        run, word = match.groups()
        if word:
            words.append(word)
            continue
        found += _words_and_pairs(words)
        words = []
        found += _runs(_characters(run))
    return found + _words_and_pairs(words)


def _words_and_pairs(words: list[str]) -> list[str]:
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def _runs(characters: list[str]) -> Iterator[str]:
    """All runs of one to LONGEST characters."""
    for length in range(1, LONGEST + 1):
        for start in range(len(characters) - length + 1):
            yield "".join(characters[start : start + length])


def _characters(run: str) -> list[str]:
    """Letters, each with the marks behind it."""
    characters: list[str] = []
    for letter in run:
        if characters and unicodedata.category(letter).startswith("M"):
            characters[-1] += letter
        else:
            characters.append(letter)
    return characters


@cache
def _pattern() -> re.Pattern[str]:
    """A run of a script without spaces, or a word: letters, digits, `_`, and marks."""
    return re.compile(f"([{NO_SPACES}]+)|((?:[^\\W{NO_SPACES}]|[{_marks()}])+)")


@cache
def _unusual() -> re.Pattern[str]:
    """A letter of NO_SPACES, a mark that `_USUAL` does not know, or a code that may be one: the
    fewer spans there are beyond the first 65,536 codes, the quicker is a pattern.
    """
    marks = _marks(range(0x370, 0x10000))
    return re.compile(f"[{NO_SPACES}{marks}\U00010000-\U0001efff]")


def _marks(codes: range = range(0x300, 0x1F000)) -> str:
    """All marks (vowel signs, accents that stand by themselves) among these codes, as a class of a
    pattern has them.
    """
    marks = {code for code in codes if unicodedata.category(chr(code)).startswith("M")}
    starts = sorted(code for code in marks if code - 1 not in marks)
    ends = sorted(code for code in marks if code + 1 not in marks)
    spans = zip(starts, ends, strict=True)
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in spans)
