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
CONTROLS = b"\x00\x01\x07\x08\x0b\x0c\x1a\x1b\x1f\x7f"


# --- dialects
def delimiter(rng: Generator, file: Sound) -> Damaged:
    return text_of(file, delimiter=pick(rng, ";\t|:^ ")).encode(), everyone(file), file


def delimiter_of_rows(rng: Generator, file: Sound) -> Damaged:
    sign = pick(rng, ";\t|")
    lines = text_of(file, rows=[]) + text_of(file, delimiter=sign).split(file.end, 1)[1]
    return lines.encode(), everyone(file), file


def single_quotes(rng: Generator, _: Sound) -> Damaged:
    file = sound(rng, PLAIN_COMMENTS)
    quoting = pick(rng, (csv.QUOTE_ALL, csv.QUOTE_MINIMAL))
    return (
        text_of(file, quotechar="'", quoting=quoting).encode(),
        everyone(file) if quoting == csv.QUOTE_ALL else set(),
        file,
    )


def typographic_quotes(rng: Generator, _: Sound) -> Damaged:
    file = sound(rng, PLAIN_COMMENTS)
    data = text_of(file, quoting=csv.QUOTE_ALL).replace('"', pick(rng, "“”«")).encode()
    return data, everyone(file), file


def backslash_escapes(_: Generator, file: Sound) -> Damaged:
    safe = [{**row, "comment": row["comment"].replace("\\", "/")} for row in file.rows]
    file = replace(file, rows=tuple(safe))
    return text_of(file, doublequote=False, escapechar="\\").encode(), set(), file


def no_quotes(_: Generator, file: Sound) -> Damaged:
    safe = [{**row, "comment": row["comment"].replace('"', "''")} for row in file.rows]
    file = replace(file, rows=tuple(safe))
    lines = [",".join(cells) for cells in [list(file.columns), *file.cells()]]
    return (file.end.join(lines) + file.end).encode(), set(), file


# --- quotes
def _one_quote(rng: Generator, file: Sound, *, insert: bool) -> bytes:
    text = text_of(file)
    start = text.index(file.end) + len(file.end)
    places = (
        range(start, len(text))
        if insert
        else [at for at in range(start, len(text)) if text[at] == '"']
    )
    if not places:
        return text.encode()
    at = pick(rng, places)
    return (text[:at] + '"' * insert + text[at + (not insert) :]).encode()


def lost_quote(rng: Generator, file: Sound) -> Damaged:
    return _one_quote(rng, file, insert=False), set(), file


def added_quote(rng: Generator, file: Sound) -> Damaged:
    return _one_quote(rng, file, insert=True), set(), file


def two_lost_quotes(rng: Generator, file: Sound) -> Damaged:
    """The closing quote of one row and the opening one of the next."""
    file = replace(file, quoting=csv.QUOTE_MINIMAL)
    at = int(rng.integers(len(file.rows) - 1))
    rows = [text_of(file, rows=[cells]).split(file.end, 1)[1] for cells in file.cells()]
    one, two = (dict(file.rows[at + step], comment=f"tốt, {step}") for step in (0, 1))
    first, second = ([row[name] for name in file.columns] for row in (one, two))
    rows[at] = text_of(file, rows=[first]).split(file.end, 1)[1].replace(', 0"', ", 0")
    rows[at + 1] = text_of(file, rows=[second]).split(file.end, 1)[1].replace('"tốt, 1', "tốt, 1")
    return (text_of(file, rows=[]) + "".join(rows)).encode(), {one["user_id"], two["user_id"]}, file


def unclosed_quote(rng: Generator, file: Sound) -> Damaged:
    at = pick(rng, (0, len(file.rows) // 2, len(file.rows) - 1))
    bare = {**file.rows[at], "comment": file.rows[at]["comment"].replace('"', "''")}
    file = replace(file, rows=(*file.rows[:at], bare, *file.rows[at + 1 :]))
    rows = [text_of(file, rows=[cells]).split(file.end, 1)[1] for cells in file.cells()]
    name = pick(rng, COLUMNS)
    cells = [
        f'"{cell}' if key == name else cell
        for key, cell in zip(file.columns, file.cells()[at], strict=True)
    ]
    rows[at] = ",".join(cells) + file.end
    return (text_of(file, rows=[]) + "".join(rows)).encode(), set(), file


# --- encodings and bytes
def wide_encoding(rng: Generator, file: Sound) -> Damaged:
    code = pick(
        rng,
        ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "cp500"),
    )
    return text_of(file).encode(code, "replace"), everyone(file), file


def narrow_encoding(rng: Generator, _: Sound) -> Damaged:
    """In these encodings only the rows without an accent are what they were."""
    file = sound(rng, LATIN_COMMENTS)
    code = pick(rng, ("latin-1", "cp1252", "cp1258", "cp850", "mac_roman"))
    data = "".join(_held(char, code) for char in text_of(file)).encode(code, "ignore")
    spoilt = {
        row["user_id"] for row in file.rows if not (row["comment"] + row["user_id"]).isascii()
    }
    return data, spoilt, file


def _held(char: str, code: str) -> str:
    """The character as the encoding can hold it: whole, in parts, or as a byte that is not UTF-8."""
    for form in (char, unicodedata.normalize("NFD", char)):
        try:
            form.encode(code)
        except UnicodeEncodeError:
            continue
        return form
    return "é" if not char.isascii() else char


def broken_byte(rng: Generator, file: Sound) -> Damaged:
    data = text_of(file).encode()
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([rng.integers(0x80, 0x100)]) + data[at:], set(), file


def control_byte(rng: Generator, file: Sound) -> Damaged:
    data = text_of(file).encode()
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([pick(rng, CONTROLS)]) + data[at:], set(), file


def byte_order_mark(rng: Generator, file: Sound) -> Damaged:
    data, mark = text_of(file).encode(), b"\xef\xbb\xbf"
    if rng.random() < 0.3:
        return mark + data, set(), file
    if rng.random() < 0.3:
        return mark * 2 + data, everyone(file), file
    cut = data.index(b"\n") + 1
    return data[:cut] + mark + data[cut:], set(), file


def truncated(rng: Generator, file: Sound) -> Damaged:
    data = text_of(file).encode()
    return data[: int(rng.integers(len(data)))], set(), file


# --- lines
def line_ends(rng: Generator, file: Sound) -> Damaged:
    """CR alone, LF CR, and other things that some call a line end, for all rows or for some."""
    sign, share = (
        pick(rng, ("\r", "\n\r", "\x85", "\u2028", "\v", "\f", "\x1e", "")),
        pick(rng, (1.0, 0.3)),
    )
    parts = [text_of(file, rows=[]).removesuffix(file.end)]
    parts += [
        text_of(file, rows=[cells]).split(file.end, 1)[1].removesuffix(file.end)
        for cells in file.cells()
    ]
    return (
        "".join(part + (sign if rng.random() < share else file.end) for part in parts).encode(),
        set(),
        file,
    )


def mixed_line_ends(rng: Generator, file: Sound) -> Damaged:
    parts = [text_of(file, rows=[]).removesuffix(file.end)]
    parts += [
        text_of(file, rows=[cells]).split(file.end, 1)[1].removesuffix(file.end)
        for cells in file.cells()
    ]
    return (
        "".join(part + pick(rng, ("\n", "\r\n", "\n\n", "\r\n\r\n")) for part in parts).encode(),
        set(),
        file,
    )


def preamble(rng: Generator, file: Sound) -> Damaged:
    return (pick(rng, PREAMBLES) + text_of(file)).encode(), everyone(file), file


def noise_line(rng: Generator, file: Sound) -> Damaged:
    rows = [text_of(file, rows=[cells]).split(file.end, 1)[1] for cells in file.cells()]
    rows.insert(int(rng.integers(len(rows) + 1)), pick(rng, NOISE_LINES) + file.end)
    return (text_of(file, rows=[]) + "".join(rows)).encode(), set(), file


def header_in_the_middle(rng: Generator, file: Sound) -> Damaged:
    """Two drops in one file: the second may have its columns in another order."""
    half = len(file.rows) // 2
    other = replace(
        file,
        columns=file.columns
        if rng.random() < 0.5
        else tuple(rng.permutation(file.columns).tolist()),
    )
    glue = "" if rng.random() < 0.7 else "\ufeff"
    return (
        (
            text_of(file, rows=file.cells()[:half])
            + glue
            + text_of(other, rows=other.cells()[half:])
        ).encode(),
        set(),
        file,
    )


ALL = (
    delimiter, delimiter_of_rows, single_quotes, typographic_quotes, backslash_escapes, no_quotes, lost_quote,
    added_quote, two_lost_quotes, unclosed_quote, wide_encoding, narrow_encoding, broken_byte, control_byte,
    byte_order_mark, truncated, line_ends, mixed_line_ends, preamble, noise_line, header_in_the_middle,
)  # fmt: skip
