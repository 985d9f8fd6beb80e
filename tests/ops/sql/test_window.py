"""What is looked at again, and that nothing is lost by it or taken twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.sql.window import Position, Window, lower, value_of, written
from recsys.program.errors import DataError
from tests.worlds import complains

OVERLAP = 20


class Table:
    """A table as a pull sees it: what is committed, by its cursor."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.taken: list[tuple[str, str]] = []
        self.position = Position()
        self.read = 0
        self.too_late = 0

    def pull(self, overlap: int = OVERLAP) -> None:
        """As ops/sql/pull.py does it."""
        before = self.position
        low = value_of(before.low) if before.low else None
        at_most = [
            row for row in self.rows if low is not None and value_of(row[0]) <= low
        ]
        self.too_late += max(0, len(at_most) - before.below) if before.low else 0
        window = Window(before, overlap)
        above = [row for row in self.rows if row not in at_most]
        for row in sorted(above, key=lambda row: value_of(row[0])):
            self.read += 1
            if window.is_new(row[0], row):
                self.taken.append(row)
        if len(self.taken):
            self.position = window.after(len(at_most))


def number(at: int, text: str = "") -> tuple[str, str]:
    return str(at), text or f"row {at}"


def test_without_a_gap_only_new_rows_are_read() -> None:
    table = Table()
    table.rows = [number(at) for at in range(1, 1001)]
    table.pull()
    table.rows += [number(at) for at in range(1001, 1011)]
    table.pull()
    assert (table.read, len(table.taken)) == (1010, 1010)
    assert table.position == Position("1010", "1010", 1010, frozenset())


def test_a_number_that_commits_late_is_taken_and_its_neighbours_are_not_again() -> None:
    table = Table()
    table.rows = [number(at) for at in range(1, 101) if at not in (95, 97)]
    table.pull()
    assert table.position.low == "94"
    table.rows += [number(95)]
    table.pull()
    assert table.taken[-1] == number(95)
    assert table.position.low == "96"
    table.rows += [number(97), number(101)]
    table.pull()
    assert sorted(table.taken) == sorted(table.rows)
    assert table.position.low == "101"


def test_numbers_that_stand_there_twice_are_looked_at_again() -> None:
    table = Table()
    table.rows = [number(at // 2, f"line {at}") for at in range(2, 200)]
    table.pull()
    table.rows += [number(99, "one more line of an order")]
    table.pull()
    assert sorted(table.taken) == sorted(table.rows)
    assert table.read == 198 + 2 * OVERLAP + 1


def test_what_comes_later_than_the_overlap_bears_is_seen_by_its_count() -> None:
    table = Table()
    table.rows = [number(at) for at in range(1, 101) if at != 50]
    table.pull()
    table.rows.append(number(50))
    table.pull()
    assert table.too_late == 1


def moment(second: int, text: str = "") -> tuple[str, str]:
    return f"2024-01-01 00:{second // 60:02d}:{second % 60:02d}.5+00", text


def test_equal_and_late_times_are_taken_once() -> None:
    table = Table()
    table.rows = [moment(second, "a") for second in range(100)]
    table.pull()
    table.rows += [moment(99, "b"), moment(90, "late"), moment(120, "c")]
    table.pull()
    table.pull()
    assert sorted(table.taken) == sorted(table.rows)
    assert table.too_late == 0


@given(
    st.lists(st.tuples(st.integers(0, 15), st.booleans()), max_size=80),
    st.booleans(),
)
def test_whatever_the_order_of_commits_each_row_is_taken_once(
    commits: list[tuple[int, bool]], counts: bool
) -> None:
    """Row `at` commits when `delay` others have been written: less than the overlap."""
    table, waiting = Table(), []
    for at, (delay, is_pulled) in enumerate(commits, 1):
        waiting.append((at + delay, number(at) if counts else moment(at, str(at))))
        table.rows += [row for due, row in waiting if due <= at]
        waiting = [(due, row) for due, row in waiting if due > at]
        if is_pulled:
            table.pull()
    table.rows += [row for _, row in waiting]
    table.pull()
    assert sorted(table.taken) == sorted(table.rows)
    assert table.too_late == 0


def test_values_are_numbers_or_times_never_both() -> None:
    assert value_of("-7") == -7
    assert value_of("2024-01-02") == datetime(2024, 1, 2, tzinfo=UTC)
    assert value_of("2024-01-02 03:04:05+07") < value_of("2024-01-02 03:04:05")
    for text in ("", "infinity", "1.5", "01HV8", "1" * 21):
        with complains(DataError, repr(text), "counts up"):
            value_of(text)
    window = Window(Position(), 1)
    window.is_new("1", ["a"])
    with complains(DataError, "numbers and times"):
        window.is_new("2024-01-02", ["a"])


@pytest.mark.parametrize(
    ("end", "overlap", "low"),
    [
        ("100", 30, "70"),
        ("2024-01-02 00:00:05.25+00", 10, "2024-01-01 23:59:55"),
        ("2024-01-02T00:00:05", 10, "2024-01-01T23:59:55"),
        ("2024-01-02", 86_400, "2023-12-31"),
    ],
)
def test_what_is_looked_at_again_is_written_as_the_database_does(
    end: str, overlap: int, low: str
) -> None:
    assert written(lower(end, overlap), end) == low


def test_nothing_read_moves_nothing() -> None:
    assert Window(Position(), 5).after(0) == Position()
