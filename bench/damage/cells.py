"""Damage to cells, columns and headers of a drop (see bench/damage/mutations.py)."""

from collections.abc import Sequence
from dataclasses import replace

from numpy.random import Generator

from bench.damage.drops import (
    COLUMNS,
    PLAIN_COMMENTS,
    REQUIRED,
    Cells,
    Damaged,
    Sound,
    everyone,
    pick,
    sound,
    spoil,
    text_of,
)

BAD_RATINGS = (
    "", " ", "4,5", "4.5.1", "+5", "-5", "−4", "5e0", "1e400", "1e-400", "0x5", "0b101", "inf",
    "-inf", "nan", "NaN", "５", "٥", "५", "Ⅴ", "²", "5\u0301", "5/5", "5 sao", "★★★★★", "5%", "5.",
    ".5", "(5)", "1_0", "4_5", "5f", "TRUE", "null", "0", "6", "0.999999", "5.0000001", "1 000",
    "1,000", "1.234,5", "4٫5", "\u200b5", "5\u00a0", "Infinity", "five", "1000000",
)  # fmt: skip
BAD_TIMES = (
    "", " ", "15/02/2024 10:00", "2/15/24", "45337.4167", "45337", "1704067200", "1704067200000",
    "Jan 1, 2024", "2024年1月1日", "2024/01/15 10:00:00", "15.01.2024", "2024-01-15 10:00:00 AM",
    "10:00:00 2024-01-15", "2024-01-15 25:00:00", "2024-02-30 10:00:00", "2024-13-01",
    "20240115T100000", "2024-W03-1", "2024-015", "24-01-15", "2024-01-15T10:00:00 ICT", "########",
    "２０２４-01-15", "2024-01-15T10:00:00+25:00", "2024-01-15T10:00:00+07:60",
    "1999-12-31 23:59:59",
    "2124-01-15 10:00:00", "2024-01-15T24:00:00", "2024-06-30T23:59:60Z", "2024-1-5 1:1:1",
    "0000-00-00 00:00:00", "now", "2024−01−15", "+2024-01-15", "-2024-01-15",
    "9999-12-31T23:59:59-10:00", "2024-01-15 10:00:00+7", "2024-01-15T10:00:00z", "2024-01-15T",
    "2024-01", "2024", "nan", "NaT", "None",
)  # fmt: skip
WRONG_NAMES = (
    "userid",
    "USER_ID",
    "usеr_id",
    "user id",
    "",
    "user_id\u200b",
    "'user_id'",
    "Unnamed: 0",
    "\ufeff\ufeffuser_id",
)
SWAPS = (
    ("user_id", "timestamp"),
    ("rating", "timestamp"),
    ("product_id", "timestamp"),
    ("rating", "product_id"),
)


def extra_cell(rng: Generator, file: Sound) -> Damaged:
    """A row with a cell too many."""
    at = row_number(rng, file)
    cells = file.cells()[at]
    cells.insert(int(rng.integers(len(cells) + 1)), pick(rng, ("", "x", "5", "p1")))
    return with_cells(file, at, cells)


def missing_cell(rng: Generator, file: Sound) -> Damaged:
    """A row with a cell too few."""
    at = row_number(rng, file)
    cells = file.cells()[at]
    cells.pop(int(rng.integers(len(cells))))
    return with_cells(file, at, cells)


def trailing_commas(rng: Generator, file: Sound) -> Damaged:
    """A comma after the header, after all rows, or after both: an empty column is harmless."""
    on_header, on_rows = pick(rng, ((True, True), (True, False), (False, True)))
    header = [*file.columns, *[""] * on_header]
    rows = [cells + [""] * on_rows for cells in file.cells()]
    spoilt = set() if on_header and on_rows else everyone(file)
    return Damaged(text_of(file, header, rows).encode(), spoilt, file)


def trailing_comma_and_bare_text(rng: Generator, _: Sound) -> Damaged:
    """A comma after the header only, the comment last, and its commas not quoted."""
    columns = ("user_id", "product_id", "rating", "timestamp", "comment")
    file = replace(sound(rng, PLAIN_COMMENTS), columns=columns)
    lines = [
        ",".join([*file.columns, ""]),
        *(",".join(cells) for cells in file.cells()),
    ]
    return Damaged(("\n".join(lines) + "\n").encode(), everyone(file), file)


def doubled_column(rng: Generator, file: Sound) -> Damaged:
    """A column twice."""
    name = pick(rng, COLUMNS)
    rows = [[*cells, pick(rng, ("", "x"))] for cells in file.cells()]
    return Damaged(
        text_of(file, [*file.columns, name], rows).encode(), everyone(file), file
    )


def renamed_column(rng: Generator, file: Sound) -> Damaged:
    """A required column under a name that only looks like its own."""
    name, wrong = pick(rng, REQUIRED), pick(rng, WRONG_NAMES)
    return with_header(file, [wrong if key == name else key for key in file.columns])


def swapped_names(rng: Generator, file: Sound) -> Damaged:
    """Two names of the header change places, the rows do not.

    User and product look alike: nobody could tell.
    """
    one, other = pick(rng, SWAPS)
    names = {one: other, other: one}
    return with_header(file, [names.get(key, key) for key in file.columns])


def lost_header(_: Generator, file: Sound) -> Damaged:
    """The rows alone."""
    return Damaged(text_of(file).split(file.end, 1)[1].encode(), everyone(file), file)


def bad_rating(rng: Generator, file: Sound) -> Damaged:
    """A rating that is no number from 1 to 5 in ASCII digits."""
    return bad_cell(rng, file, "rating", BAD_RATINGS)


def bad_time(rng: Generator, file: Sound) -> Damaged:
    """A time in no known form, or that never was."""
    return bad_cell(rng, file, "timestamp", BAD_TIMES)


def decimal_commas(_: Generator, file: Sound) -> Damaged:
    """All ratings with a decimal comma."""
    rows = [dict(row, rating=row["rating"].split(".")[0] + ",5") for row in file.rows]
    cells = [[row[name] for name in file.columns] for row in rows]
    return Damaged(text_of(file, rows=cells).encode(), everyone(file), file)


def very_long(rng: Generator, file: Sound) -> Damaged:
    """A comment or an id far too long, or a row or a header of very many cells.

    The comment may be legal still.
    """
    kind, size = int(rng.integers(4)), int(rng.integers(129, 1_300_000))
    at = row_number(rng, file)
    if kind == 0:
        long = {
            **file.rows[at],
            "comment": pick(rng, ("x", 'x"', "ế", "x\n", ",")) * size,
        }
        file = replace(file, rows=(*file.rows[:at], long, *file.rows[at + 1 :]))
        return Damaged(text_of(file).encode(), set(), file)
    if kind == 1:
        return with_cells(file, at, changed(file, at, "user_id", "z" * size))
    if kind == 2:
        return with_cells(file, at, [*file.cells()[at], *["y"] * size])
    many = range(size % 5000 + 257)
    return with_header(file, [*file.columns, *(f"c{n}" for n in many)])


def row_number(rng: Generator, file: Sound) -> int:
    """The place of some row."""
    return int(rng.integers(len(file.rows)))


def changed(file: Sound, at: int, name: str, text: str) -> Cells:
    """The cells of a row, with another text in one column."""
    cells = zip(file.columns, file.cells()[at], strict=True)
    return [text if key == name else cell for key, cell in cells]


def with_cells(file: Sound, at: int, cells: Cells) -> Damaged:
    """The file with these cells in a row, which is spoilt."""
    data = text_of(file, rows=spoil(file, at, cells)).encode()
    return Damaged(data, {file.rows[at]["user_id"]}, file)


def with_header(file: Sound, header: list[str]) -> Damaged:
    """The file under this header, by which all rows are spoilt."""
    return Damaged(text_of(file, header).encode(), everyone(file), file)


def bad_cell(rng: Generator, file: Sound, name: str, texts: Sequence[str]) -> Damaged:
    """One of the texts in this column of a row, written by a correct writer or without quotes."""
    at, text = row_number(rng, file), pick(rng, texts)
    cells = changed(file, at, name, text)
    if rng.random() < 0.5:
        return with_cells(file, at, cells)
    lines = file.lines(spoil(file, at, cells))
    bare = dict(zip(file.columns, cells, strict=True)) | {"comment": ""}
    lines[at] = ",".join(bare[key] for key in file.columns) + file.end
    return Damaged(
        (file.header() + "".join(lines)).encode(), {file.rows[at]["user_id"]}, file
    )


ALL = (
    extra_cell, missing_cell, trailing_commas, trailing_comma_and_bare_text, doubled_column,
    renamed_column, swapped_names, lost_header, bad_rating, bad_time, decimal_commas, very_long,
)  # fmt: skip
