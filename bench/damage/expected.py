"""What a cell or a row must become, said without the code that is judged."""

import re
import unicodedata
from datetime import datetime

from bench.damage.drops import Sound, Truth
from bench.damage.verdicts import Verdict

LONGEST_ID = 128
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
SEPARATORS = "\x1c\x1d\x1e\x1f"  # Python counts them as spaces, the contract does not
SPACES = "".join(
    chr(code)
    for code in range(0x3001)
    if chr(code).isspace() and chr(code) not in SEPARATORS
)
# DerivedCoreProperties.txt: Default_Ignorable_Code_Point (the annotation marks FFF9..FFFB, too)
UNSEEN = (
    *((code, code) for code in (0xAD, 0x34F, 0x61C, 0x3164, 0xFEFF, 0xFFA0)),
    *((0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F)),
    *((0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFFF0, 0xFFFB)),
    *((0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
SPREADSHEET = re.compile(
    r"'?-?[0-9](?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}|#+|#N/A"
    r"|#(?:REF|VALUE|NAME|NUM|NULL|DIV/0|SPILL|CALC)[!?]"
    r'|="[^"]*"'
)


def expected(cell: str, column: str) -> tuple[str, str]:
    """What a cell must become that a correct writer wrote into an otherwise good row.

    The value and "", or a value that does not matter and the reason why it is refused.
    """
    if CONTROL.search(cell):
        return "", "control"
    if any("\ud800" <= char <= "\udfff" for char in cell):
        return "", "encoding"
    return (cell, "") if column == "comment" else expected_id(cell)


def expected_id(cell: str) -> tuple[str, str]:
    """An id trimmed, in NFC and without what nobody sees, and the reason if it must be refused."""
    text = unicodedata.normalize("NFC", cell).strip(SPACES)
    if any(
        unicodedata.category(char) in ("Cc", "Zl", "Zp") or char == "\ufeff"
        for char in text
    ):
        return text, "id_control"
    seen = "".join(char for char in text if not is_unseen(char))
    blank = "".join(" " if is_blank(char) else char for char in seen)
    text = unicodedata.normalize("NFC", re.sub(" +", " ", blank)).strip(SPACES)
    if not text:
        return text, "id_empty"
    if len(text) > LONGEST_ID:
        return text, "id_long"
    return text, "id_spreadsheet" if SPREADSHEET.fullmatch(text) else ""


def is_blank(char: str) -> bool:
    """Whether it is a blank of any kind; U+2800 is a pattern of no dots."""
    return unicodedata.category(char) == "Zs" or char == "\u2800"


def is_unseen(char: str) -> bool:
    """Whether it is one of Unicode's default ignorable code points."""
    return any(first <= ord(char) <= last for first, last in UNSEEN)


def wrong_rows(verdict: Verdict, file: Sound, spoilt: set[str]) -> list[str]:
    """A fault for each accepted row that is not a row of the sound file.

    Rows of the users in `spoilt` cannot have been read from the damaged file: they are faults too.
    """
    truth, faults = file.truth(), []
    for row in verdict.accepted:
        user = row["user_id"]
        known = truth.get(user)
        found = (row["product_id"], row["rating"], row["comment"], row["timestamp"])
        if (
            known is None
            or user in spoilt
            or found != in_zone_of(row["timestamp"], known)
        ):
            said = f"accepted {user!r} {found!r:.200}, sound is {known!r:.200}"
            faults.append(f"line {row['line']}: {said}")
    return faults


def in_zone_of(moment: datetime, known: Truth) -> Truth:
    """The known row with its time in the zone of `moment`."""
    product, rating, comment, time = known
    return product, rating, comment, time.astimezone(moment.tzinfo)
