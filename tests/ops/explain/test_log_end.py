"""The end of a log."""

from pathlib import Path

from ops.explain import log_end


def test_the_end_of_a_long_log_is_enough(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("error: old\n" + "x" * log_end.TAIL + "\nlast\n")
    assert log_end.tail(log)[-1] == "last"
    assert log_end.last_error(log) == ""


def test_the_last_error_is_told_in_short_and_without_control_characters(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    log.write_text(f"error: one\nerror: \x07{'y' * 400}\nmore\n")
    found = log_end.last_error(log)
    assert found.startswith("\\x07yyy")
    assert len(found) == log_end.LONGEST


def test_a_log_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    assert log_end.tail(tmp_path / "gone.log") == []
    assert log_end.last_error(tmp_path / "gone.log") == ""
