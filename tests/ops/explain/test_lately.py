from datetime import timedelta

from ops.explain import lately
from ops.explain.happenings import Happening
from tests.ops.explain.rows import CLOCK, NOW

HOUR = timedelta(hours=1)


def happening(job: str, hours: int, sentence: str) -> Happening:
    at = NOW - hours * HOUR
    return Happening(job, at, at, "missed", sentence, None)


ALL = {
    "train": [happening("train", 5, "did not run: disabled")],
    "refresh": [
        happening("refresh", 1, "did not run: \x1bthe runner was down"),
        happening("refresh", 9, "did not run: it was long ago"),
    ],
}


def test_the_newest_of_all_jobs_come_first() -> None:
    found = lately.of_all(ALL, 2)
    assert [one.job for one in found] == ["refresh", "train"]
    assert [one["job"] for one in lately.as_json(found)] == ["refresh", "train"]


def test_a_long_sentence_is_folded_below_itself_and_none_is_cut() -> None:
    assert lately.table(lately.of_all(ALL, 2), CLOCK, 86, named=True) == [
        "WHEN              JOB      BY  RESULT  WHY",
        "2026-11-23 10:00  refresh  -   missed  did not run: \\x1bthe runner was down",
        "2026-11-23 06:00  train    -   missed  did not run: disabled",
    ]
    narrow = lately.table(lately.of_all(ALL, 1), CLOCK, 20)
    assert narrow[1:] == [
        "2026-11-23 10:00  -   missed  did not run: \\x1bthe runner was down",
    ]
    long = [happening("train", 1, "word " * 20)]
    assert lately.table(long, CLOCK, 70)[2].startswith(" " * 30 + "word word")
