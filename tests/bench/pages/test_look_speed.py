"""A look at a made shop is measured: every question is answered."""

from pathlib import Path

from bench.pages import look_speed


def test_a_line_a_question(tmp_path: Path) -> None:
    desk = look_speed.desk_of(tmp_path, 50, 40, 4)
    head, rule, *lines = "\n".join(look_speed.table(desk, 3, 50, 40)).splitlines()
    assert head.startswith("| question") and rule.startswith("|---")
    assert len(lines) == len(look_speed.questions(50, 40, 3))
    for line in lines:
        numbers = [float(cell) for cell in line.split("|")[2:-1]]
        assert all(number > 0 for number in numbers)
