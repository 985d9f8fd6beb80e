"""Text that a spreadsheet may open: no cell of it starts a formula, and what was there comes back
exactly.

An apostrophe goes before what a spreadsheet would run or rewrite, and `restore` takes it away
again. The places are the start of a text, and after a tab, a line end or a semicolon: there a
program that takes another separator than ours begins a cell. A formula starts with = + - @ (also in
full width), a tab or a line end, with quotes, apostrophes and blanks before it
(https://owasp.org/www-community/attacks/CSV_Injection). Whole texts of digits that a spreadsheet
would rewrite (`007`, `1E5`, `2024-03-01 10:00:00`, more than 15 digits) are kept as text the same
way.

It is exact because an apostrophe never changes whether a place is one: for every text
restore(defuse(text)) == text.
"""

import re

_START = "=+\\-@\t\r\n＝＋－＠"  # of a formula
_BEFORE = " \"'`\u00a0\u3000\u200b\ufeff“”‘’＂＇"  # a spreadsheet may drop these in front of it
_ENDS = "\t\r\n;"  # of a cell, for a program that reads the file in its own way
_NUMBER = r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]*[1-9])?"  # one that a spreadsheet gives back as it is
_REWRITTEN = rf"'*(?!{_NUMBER}\Z)[0-9][0-9 .,:/TZEe+-]*\Z"
_FORMULA = rf"[{_BEFORE}]*[{_START}]"
_WRITE = re.compile(rf"\A(?={_FORMULA}|{_REWRITTEN})|(?<=[{_ENDS}])(?={_FORMULA})")
_READ = re.compile(rf"\A'(?={_FORMULA}|{_REWRITTEN})|(?<=[{_ENDS}])'(?={_FORMULA})")


def defuse(text: str) -> str:
    """The text as a cell that a spreadsheet takes for text."""
    return _WRITE.sub("'", text)


def restore(cell: str) -> str:
    """What `defuse` was given. A text that a person typed stays, but for an apostrophe before a
    formula or number.
    """
    return _READ.sub("", cell)
