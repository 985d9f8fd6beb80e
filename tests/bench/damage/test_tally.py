"""Counts and tables of the torture campaign."""

from collections import Counter

from bench.damage.tally import Tally, counted, table
from bench.damage.verdicts import Verdict


def test_a_crash_is_a_fault_and_a_refusal_is_counted():
    tally = Tally()
    tally.add("one", Verdict("crash", "ValueError: bug"), ())
    tally.add("two", Verdict("refused", "the file is empty"), ())
    tally.add(
        "three", Verdict("merged", counts={"accepted": 2, "duplicates": 1}), ("wrong",)
    )
    assert tally.inputs == 3
    assert tally.faults == ["one: crash ValueError: bug", "three: wrong"]
    assert tally.refused == {"empty": 1}
    assert tally.row("all") == "| all | 3 | 2 | 1 |  | empty 1 | 2 |"


def test_a_table_has_the_lines_of_its_way():
    lines = table({("way", "a"): Tally(), ("other", "b"): Tally()}, "way")
    assert lines[0] == "\n## way\n"
    assert lines[3:] == ["| a | 0 | 0 | 0 |  |  | 0 |"]
    assert {line.count("|") for line in lines[1:]} == {8}


def test_counted_leaves_zeros_out():
    assert counted(Counter({"b": 1200, "a": 1, "c": 0})) == "a 1, b 1,200"
