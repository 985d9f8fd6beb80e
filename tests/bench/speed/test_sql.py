"""The measurement of a database as source, small: the second pull reads what is new."""

import re
from pathlib import Path

from bench.speed import postgres, sql


def test_the_second_pull_reads_what_is_new(tmp_path: Path) -> None:
    found = list(sql.lines(tmp_path, 3_000, 100))
    cells = [re.findall(r"[^|]+", line) for line in found[1:]]
    rows = {
        name.strip(): (read.strip(), taken.strip()) for name, read, taken, *_ in cells
    }
    names = ["SQLite"] if postgres.missing() else ["SQLite", "PostgreSQL"]
    for name in names:
        assert rows[f"{name}: 3,000 rows, the first pull"] == ("3,000", "3,000")
        assert rows[f"{name}: 100 more, the second"] == ("100", "100")
        assert rows[f"{name}: nothing new, the third"] == ("0", "0")


def test_reviews_have_texts_of_several_lines() -> None:
    (one, two) = sql.reviews(7, 2)
    assert (one[0], two[0]) == (7, 8)
    assert "\n" in one[4] and '"' in one[4]
