"""Whether the account of a merged drop is right: each line in one row, each row true to it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.damage.expected import expected_id
from bench.damage.tokenizer import line_starts, raw_record_at, record_at
from bench.damage.verdicts import Verdict

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def account(data: bytes, verdict: Verdict) -> list[str]:
    """Faults in the account of a merged file.

    A row that is not in the file, a line that counts twice or never, wrong counts.
    """
    if not verdict.counts:
        unaccounted = verdict.accepted or verdict.quarantined
        return ["rows without an account"] if unaccounted else []
    starts = line_starts(data)
    covered: Counter[int] = Counter()
    faults = [
        *wrong_counts(verdict),
        *misread(data, starts, verdict, covered),
    ]
    for row in verdict.quarantined:
        lines = lines_of(data, starts[row["line"]], row)
        covered.update(range(row["line"], row["line"] + lines))
    faults += [
        f"line {line} counts {count} times"
        for line, count in covered.items()
        if count > 1
    ]
    return faults + uncounted(data, starts, covered, verdict.counts["duplicates"])


def wrong_counts(verdict: Verdict) -> Iterator[str]:
    """A fault if there are other numbers of rows than merge counted."""
    accepted, quarantined = len(verdict.accepted), len(verdict.quarantined)
    counts = verdict.counts
    if (counts["accepted"], counts["quarantined"]) != (accepted, quarantined):
        yield f"counts {counts} of {accepted} and {quarantined} rows"


def misread(
    data: bytes, starts: dict[int, int], verdict: Verdict, covered: Counter[int]
) -> Iterator[str]:
    """A fault for each accepted row that its line does not say; the others' lines are `covered`."""
    names, _ = record_at(data.removeprefix(BYTE_ORDER_MARK), 0) or ([], 0)
    header = [name.strip() for name in names]
    for row in verdict.accepted:
        line, start = row["line"], starts[row["line"]]
        record = record_at(data, start)
        if record is None:
            yield f"line {line}: accepted {row}, but it is no row"
            continue
        cells, end = record
        if wrong := differing_column(dict(zip(header, cells, strict=False)), row):
            yield f"line {line}: accepted {row}, but it says another {wrong}"
            continue
        covered.update(range(line, line + lines_between(data, start, end)))


def differing_column(cells: dict[str, str], row: dict[str, Any]) -> str:
    """The first column in which an accepted row is not what its line says; "" if none."""
    for name in ("user_id", "product_id"):
        if expected_id(cells[name])[0] != row[name]:
            return name
    if float(cells["rating"]) != row["rating"]:
        return "rating"
    return "comment" if cells.get("comment", "") != row["comment"] else ""


def lines_of(data: bytes, start: int, row: dict[str, Any]) -> int:
    """How many lines a quarantined row takes: the record's, but a stray quote costs its line."""
    record = None if row["reason"] == "quote" else raw_record_at(data, start)
    if record is None:
        return int(row["raw"].count("\n")) + 1
    return lines_between(data, start, record[1])


def lines_between(data: bytes, start: int, end: int) -> int:
    """How many lines the record takes that begins at `start` and ends before `end`."""
    return data.count(b"\n", start, end - 1) + 1


def uncounted(
    data: bytes, starts: dict[int, int], covered: Counter[int], counted: int
) -> list[str]:
    """Lines with text that are in no row must be the rows that were counted as duplicates."""
    line, duplicates = 2, 0
    while line in starts and starts[line] < len(data):
        start, end = starts[line], starts.get(line + 1, len(data))
        record = None
        if not covered[line] and data[start:end].strip(b"\r\n"):
            duplicates += 1
            record = record_at(data, start)
        line += lines_between(data, start, record[1]) if record else 1
    if duplicates == counted:
        return []
    return [f"{duplicates} lines are in no row, {counted} are counted as duplicates"]
