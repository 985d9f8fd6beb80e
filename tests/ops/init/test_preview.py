"""The preview says of each row what merge will say."""

from pathlib import Path

from ops.init.preview import preview
from tests.ops.init.mapped import RATINGS, planned
from tests.ops.init.now import NOW


def test_accepted_and_refused_rows_with_lines(tmp_path: Path) -> None:
    more = (
        "u3,p1,5,2024-01-05",
        "u4,p1",
        ",p1,4,2024-01-05",
        *["u5,p2,5,2024-01-05"] * 9,
    )
    found = preview(
        planned(tmp_path, *RATINGS, *more), ("iso8601",), "UTC", "2000-01-01", NOW
    )
    assert (found.read, found.accepted) == (14, 12)
    assert found.reasons == {"cells": 1, "id_empty": 1}
    assert [(row.line, row.reason) for row in found.refused] == [
        (5, "cells"),
        (6, "id_empty"),
    ]
    assert (found.users, found.products, found.is_whole) == (4, 2, True)
    assert found.hints()[0].startswith("1 x cells: ")


def test_ids_that_are_all_written_as_fractions_are_noted(tmp_path: Path) -> None:
    """Nothing is refused for it, but the shop will ask for user 8001."""
    rows = [f"{8000 + at}.0,p{at},5,2024-01-05" for at in range(3)]
    found = preview(
        planned(tmp_path, RATINGS[0], *rows), ("iso8601",), "UTC", "2000-01-01", NOW
    )
    (note,) = found.notes
    assert note.startswith("the users are written like 8000.0")
    assert found.accepted == 3
