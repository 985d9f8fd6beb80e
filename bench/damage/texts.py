"""Damage to quotes, separators, encodings and lines of a drop (see bench/damage/mutations.py)."""

import csv
import unicodedata
from dataclasses import replace

from numpy.random import Generator

from bench.damage.drops import (
    COLUMNS,
    PLAIN_COMMENTS,
    Damaged,
    Sound,
    everyone,
    pick,
    sound,
    text_of,
)

LATIN_COMMENTS = ("", "café", "ação", "naïve", "señor", "straße", "tốt lắm", "rất đẹp")
PREAMBLES = (
    "sep=,\n",
    "# export of the shop\n",
    "\n",
    "Report;2024\n\n",
    "/* v2 */\n",
    ",,,,\n",
    "\ufeff\n",
    "<html>\n",
    "Total: 5\n",
)
NOISE_LINES = (
    "# comment",
    "-- 5 rows --",
    "Total,,5,,",
    ",,,,",
    "   ",
    "...",
    "NULL,NULL,NULL,NULL,NULL",
    "\ufeff",
    "=====",
    ";;;;",
)
WIDE = (
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "cp500",
)  # fmt: skip
NARROW = ("latin-1", "cp1252", "cp1258", "cp850", "mac_roman")
LINE_ENDS = ("\r", "\n\r", "\x85", "\u2028", "\v", "\f", "\x1e", "")
CONTROLS = b"\x00\x01\x07\x08\x0b\x0c\x1a\x1b\x1f\x7f"


# --- dialects
def delimiter(rng: Generator, file: Sound) -> Damaged:
    """Another delimiter."""
    data = text_of(file, delimiter=pick(rng, ";\t|:^ ")).encode()
    return Damaged(data, everyone(file), file)


def delimiter_of_rows(rng: Generator, file: Sound) -> Damaged:
    """Another delimiter, but for the header."""
    sign = pick(rng, ";\t|")
    text = file.header() + text_of(file, delimiter=sign).split(file.end, 1)[1]
    return Damaged(text.encode(), everyone(file), file)


def single_quotes(rng: Generator, _: Sound) -> Damaged:
    """Apostrophes for quotes, around all cells or where they are needed."""
    file = sound(rng, PLAIN_COMMENTS)
    quoting = pick(rng, (csv.QUOTE_ALL, csv.QUOTE_MINIMAL))
    data = text_of(file, quotechar="'", quoting=quoting).encode()
    return Damaged(data, everyone(file) if quoting == csv.QUOTE_ALL else set(), file)


def typographic_quotes(rng: Generator, _: Sound) -> Damaged:
    """Quotes as a word processor makes them."""
    file = sound(rng, PLAIN_COMMENTS)
    data = text_of(file, quoting=csv.QUOTE_ALL).replace('"', pick(rng, "“”«")).encode()
    return Damaged(data, everyone(file), file)


def backslash_escapes(_: Generator, file: Sound) -> Damaged:
    """A backslash before a quote in place of a second quote."""
    file = with_comments(file, "\\", "/")
    return Damaged(
        text_of(file, doublequote=False, escapechar="\\").encode(), set(), file
    )


def no_quotes(_: Generator, file: Sound) -> Damaged:
    """Cells glued by commas."""
    file = with_comments(file, '"', "''")
    lines = [",".join(cells) for cells in [list(file.columns), *file.cells()]]
    return Damaged((file.end.join(lines) + file.end).encode(), set(), file)


def with_comments(file: Sound, old: str, new: str) -> Sound:
    """The file with a sign in all comments replaced."""
    rows = [{**row, "comment": row["comment"].replace(old, new)} for row in file.rows]
    return replace(file, rows=tuple(rows))


# --- quotes
def lost_quote(rng: Generator, file: Sound) -> Damaged:
    """One quote less."""
    text = text_of(file)
    start = text.index(file.end) + len(file.end)
    places = [at for at in range(start, len(text)) if text[at] == '"']
    if places:
        at = pick(rng, places)
        text = text[:at] + text[at + 1 :]
    return Damaged(text.encode(), set(), file)


def added_quote(rng: Generator, file: Sound) -> Damaged:
    """One quote more."""
    text = text_of(file)
    start = text.index(file.end) + len(file.end)
    at = pick(rng, range(start, len(text)))
    return Damaged(f'{text[:at]}"{text[at:]}'.encode(), set(), file)


def two_lost_quotes(rng: Generator, file: Sound) -> Damaged:
    """The closing quote of one row and the opening one of the next."""
    file = replace(file, quoting=csv.QUOTE_MINIMAL)
    at = int(rng.integers(len(file.rows) - 1))
    lines = file.lines()
    pair = [dict(file.rows[at + step], comment=f"tốt, {step}") for step in (0, 1)]
    first, second = file.lines([[row[name] for name in file.columns] for row in pair])
    lines[at] = first.replace(', 0"', ", 0")
    lines[at + 1] = second.replace('"tốt, 1', "tốt, 1")
    data = (file.header() + "".join(lines)).encode()
    return Damaged(data, {row["user_id"] for row in pair}, file)


def unclosed_quote(rng: Generator, file: Sound) -> Damaged:
    """A quote that opens a cell and is never closed."""
    at = pick(rng, (0, len(file.rows) // 2, len(file.rows) - 1))
    bare = {**file.rows[at], "comment": file.rows[at]["comment"].replace('"', "''")}
    file = replace(file, rows=(*file.rows[:at], bare, *file.rows[at + 1 :]))
    lines = file.lines()
    name = pick(rng, COLUMNS)
    cells = zip(file.columns, file.cells()[at], strict=True)
    lines[at] = (
        ",".join(f'"{cell}' if key == name else cell for key, cell in cells) + file.end
    )
    return Damaged((file.header() + "".join(lines)).encode(), set(), file)


# --- encodings and bytes
def wide_encoding(rng: Generator, file: Sound) -> Damaged:
    """UTF-16, UTF-32 or EBCDIC."""
    data = text_of(file).encode(pick(rng, WIDE), "replace")
    return Damaged(data, everyone(file), file)


def narrow_encoding(rng: Generator, _: Sound) -> Damaged:
    """In these encodings only the rows without an accent are what they were."""
    file = sound(rng, LATIN_COMMENTS)
    code = pick(rng, NARROW)
    data = "".join(held(char, code) for char in text_of(file)).encode(code, "ignore")
    accented = [
        row for row in file.rows if not (row["comment"] + row["user_id"]).isascii()
    ]
    return Damaged(data, {row["user_id"] for row in accented}, file)


def held(char: str, code: str) -> str:
    """The character as the encoding can hold it: whole, in parts, or as one that breaks UTF-8."""
    for form in (char, unicodedata.normalize("NFD", char)):
        try:
            form.encode(code)
        except UnicodeEncodeError:
            continue
        return form
    return "é" if not char.isascii() else char


def broken_byte(rng: Generator, file: Sound) -> Damaged:
    """A byte that breaks a character of UTF-8 or is none."""
    data = text_of(file).encode()
    at = int(rng.integers(len(data)))
    return Damaged(
        data[:at] + bytes([rng.integers(0x80, 0x100)]) + data[at:], set(), file
    )


def control_byte(rng: Generator, file: Sound) -> Damaged:
    """A control character anywhere."""
    data = text_of(file).encode()
    at = int(rng.integers(len(data)))
    return Damaged(data[:at] + bytes([pick(rng, CONTROLS)]) + data[at:], set(), file)


def byte_order_mark(rng: Generator, file: Sound) -> Damaged:
    """One at the beginning, which is legal; two there; or one after a newline."""
    data, mark = text_of(file).encode(), b"\xef\xbb\xbf"
    if rng.random() < 0.3:
        return Damaged(mark + data, set(), file)
    if rng.random() < 0.3:
        return Damaged(mark * 2 + data, everyone(file), file)
    cut = data.index(b"\n") + 1
    return Damaged(data[:cut] + mark + data[cut:], set(), file)


def truncated(rng: Generator, file: Sound) -> Damaged:
    """The file cut anywhere."""
    data = text_of(file).encode()
    return Damaged(data[: int(rng.integers(len(data)))], set(), file)


# --- lines
def line_ends(rng: Generator, file: Sound) -> Damaged:
    """CR alone, LF CR, and other things that some call a line end, for all rows or for some."""
    sign, share = pick(rng, LINE_ENDS), pick(rng, (1.0, 0.3))
    text = "".join(
        part + (sign if rng.random() < share else file.end) for part in parts(file)
    )
    return Damaged(text.encode(), set(), file)


def mixed_line_ends(rng: Generator, file: Sound) -> Damaged:
    """LF and CRLF, with blank lines between."""
    ends = ("\n", "\r\n", "\n\n", "\r\n\r\n")
    return Damaged(
        "".join(part + pick(rng, ends) for part in parts(file)).encode(), set(), file
    )


def parts(file: Sound) -> list[str]:
    """The header and the rows, without their line ends."""
    return [line.removesuffix(file.end) for line in (file.header(), *file.lines())]


def preamble(rng: Generator, file: Sound) -> Damaged:
    """Lines above the header."""
    return Damaged(
        (pick(rng, PREAMBLES) + text_of(file)).encode(), everyone(file), file
    )


def noise_line(rng: Generator, file: Sound) -> Damaged:
    """A line between the rows that is none."""
    lines = file.lines()
    lines.insert(int(rng.integers(len(lines) + 1)), pick(rng, NOISE_LINES) + file.end)
    return Damaged((file.header() + "".join(lines)).encode(), set(), file)


def header_in_the_middle(rng: Generator, file: Sound) -> Damaged:
    """Two drops in one file: the second may have its columns in another order."""
    half = len(file.rows) // 2
    columns = file.columns
    if rng.random() >= 0.5:
        columns = tuple(rng.permutation(file.columns).tolist())
    other = replace(file, columns=columns)
    glue = "" if rng.random() < 0.7 else "\ufeff"
    first = text_of(file, rows=file.cells()[:half])
    second = text_of(other, rows=other.cells()[half:])
    return Damaged((first + glue + second).encode(), set(), file)


ALL = (
    delimiter, delimiter_of_rows, single_quotes, typographic_quotes, backslash_escapes, no_quotes,
    lost_quote, added_quote, two_lost_quotes, unclosed_quote, wide_encoding, narrow_encoding,
    broken_byte, control_byte, byte_order_mark, truncated, line_ends, mixed_line_ends, preamble,
    noise_line, header_in_the_middle,
)  # fmt: skip
