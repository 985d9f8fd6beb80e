from dataclasses import replace

from bench.runner.judge import Verdict, is_wrong, row


def test_each_wrong_thing_counts() -> None:
    right = Verdict(10, 7, 1, 1, 1, 0, 0, 0, 0)
    assert not is_wrong(right)
    wrong = {"doubled": 1, "untold": 1, "odd": 1, "late": 1, "well": 6}
    for name, count in wrong.items():
        assert is_wrong(replace(right, **{name: count}))


def test_a_line_of_the_table() -> None:
    right = Verdict(1234, 7, 1, 1, 1, 0, 0, 0, 0)
    assert row("UTC", right) == "| UTC | 1,234 | 7 | 1 | 1 | 0 | 0 | 0 | 0 |"
