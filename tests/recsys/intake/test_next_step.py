"""What becomes of a drop follows from what is seen of it."""

from dataclasses import replace

import pytest

from recsys.intake.next_step import Next, Seen, looks_like_a_row, next_step

DONE = Seen(size=100)  # no writer, a good header, a last line with its newline
OPEN_END = replace(DONE, last_line_has_ended=False)


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (DONE, Next.SEAL_ALL),
        (replace(DONE, may_go_on=True), Next.SEAL_ALL),
        (
            replace(DONE, header_has_ended=False),
            Next.SEAL_ALL,
        ),  # a header, and nothing follows
        (OPEN_END, Next.SEAL_ALL),  # a finished file: nothing can follow
        (replace(OPEN_END, may_go_on=True), Next.SEAL_PART),
        (replace(OPEN_END, may_go_on=True, is_unchanged=True), Next.SEAL_ALL),
        (replace(DONE, is_written=True), Next.SEAL_PART),
        (replace(DONE, is_written=True, is_unchanged=True), Next.SEAL_PART),
        (replace(DONE, is_written=True, header_has_ended=False), Next.WAIT),
        (replace(DONE, is_written=True, header_has_ended=False, fault="x"), Next.WAIT),
        (replace(DONE, fault="x"), Next.REFUSE),
        (replace(DONE, fault="x", is_written=True), Next.REFUSE),
        (replace(DONE, fault="x", header_has_ended=False), Next.REFUSE),
        (replace(OPEN_END, fault="x", may_go_on=True), Next.REFUSE),
    ],
)
def test_the_next_step(seen: Seen, step: Next) -> None:
    assert next_step(seen) is step


@pytest.mark.parametrize(
    ("line", "is_row"),
    [
        (b"u,p1,5,good,2024-01-01 10:00:00\n", True),
        (b'"u","p1","4.5","a, b","2024-01-01"\r\n', True),
        (b"u,p1,5,01/02/2024\n", True),
        (b"user_id,product_id,rating,comment,timestamp\n", False),
        (b"u,p1,good,5,2024-01-01\n", False),  # no rating at its place
        (b"u,p1,5,good,soon\n", False),
        (b"u,p1,5\n", False),
        (b"", False),
    ],
)
def test_a_row_is_told_from_a_header(line: bytes, is_row: bool) -> None:
    assert looks_like_a_row(line) is is_row
