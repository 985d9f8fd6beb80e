"""After a repro people are told of what was refused, of a merge that cannot go on, and of drift."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.alerts import outbox
from ops.pipeline import tell

NOW = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
MERGE_FAILED = (
    "error: data/raw/data_reviews_purchase.csv: 9 of 10 rows refused; correct it\n"
    "ERROR: failed to reproduce 'merge': failed to run: python -m stages.merge, exited with 3\n"
)
TRAIN_FAILED = (
    "error: no positives\n"
    "ERROR: failed to reproduce 'train_als': failed to run: python -m x, exited with 3\n"
)


def merged(root: Path, **refused: dict[str, int]) -> None:
    write(
        root / "metrics/merge.json",
        {
            "quarantined_by_file_and_reason": refused,
            "files": {file: {"read": 6835} for file in refused},
        },
    )


def drift(root: Path, verdict: str, windows: int = 3) -> None:
    window = {"since": "2026-02-01T", "until": "2026-02-08T", "flagged": True}
    write(
        root / "metrics/drift.json",
        {
            "verdict": verdict,
            "drifted": ["rating"] if verdict == "drift" else [],
            "watched": ["rating"] if verdict == "watch" else [],
            "windows": windows,
            "reference": {
                "model_id": "als-1",
                "until": "2026-01-25T",
                "why": "deployment",
            },
            "measures": {"rating": {"effect": 0.25, "floor": 0.1, "windows": [window]}},
            "moved": {"stars": [{"stars": 1.0, "before": 0.04, "now": 0.29}]},
        },
    )


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))


def after(root: Path, code: int = 0, messages: str = "") -> None:
    tell.of_repro(root, root / "state", code, messages, NOW)


def told(root: Path) -> list[tuple[str, str, str]]:
    return [(one.cause, one.kind, one.text) for one in outbox.notices(root / "state")]


def refuse(root: Path, name: str) -> None:
    folder = root / "data/staging/.refused"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.reason.txt").write_text("no column user_id\n")
    (folder / name).write_text("a,b\n")


def test_a_repro_with_nothing_odd_tells_nothing(tmp_path: Path) -> None:
    merged(tmp_path)
    drift(tmp_path, "watch")
    after(tmp_path)
    assert list((tmp_path).glob("state")) == []


def test_refused_rows_are_told_by_file_and_main_reason_once(tmp_path: Path) -> None:
    merged(tmp_path, reviews={"cells": 3, "rating_range": 6, "id_empty": 3})
    for _ in range(2):
        after(tmp_path)
    assert told(tmp_path) == [
        (
            "merge.refused.reviews",
            "news",
            "reviews: 12 of 6,835 rows were refused, mainly rating_range (6); "
            "see `python runner.py quarantine`",
        )
    ]


def test_more_refused_rows_of_a_file_are_told_again_and_fewer_are_not(
    tmp_path: Path,
) -> None:
    for count in (3, 5, 2, 2, 3):
        merged(tmp_path, reviews={"cells": count})
        after(tmp_path)
    assert [text.split(" of ")[0] for _, _, text in told(tmp_path)] == [
        "reviews: 3",
        "reviews: 5",
        "reviews: 3",
    ]


def test_many_files_are_counted(tmp_path: Path) -> None:
    merged(tmp_path, **{f"batch{number}": {"cells": 1} for number in range(9)})
    after(tmp_path)
    assert len(told(tmp_path)) == tell.MOST + 1
    assert told(tmp_path)[-1][2].startswith("4 more files have refused rows")


def test_a_refused_drop_is_told_by_name_and_reason_and_blocks_nothing(
    tmp_path: Path,
) -> None:
    refuse(tmp_path, "000001-orders.csv")
    after(tmp_path, 3, MERGE_FAILED)
    after(tmp_path)
    assert told(tmp_path) == [
        (
            "merge.refused.000001-orders.csv",
            "news",
            "000001-orders.csv: the whole drop was refused: no column user_id; "
            "mend it and drop it again",
        )
    ]


def test_a_merge_that_cannot_go_on_is_ill_until_it_goes_on(tmp_path: Path) -> None:
    for _ in range(2):
        after(tmp_path, 3, MERGE_FAILED)
    [cause] = outbox.causes(tmp_path / "state")
    assert (cause.cause, cause.level) == ("merge.blocked", "critical")
    assert cause.text == (
        "new interactions are not taken in: data/raw/data_reviews_purchase.csv: "
        "9 of 10 rows refused; correct it"
    )
    after(tmp_path, 3, TRAIN_FAILED)
    assert [kind for _, kind, _ in told(tmp_path)] == ["alert", "recovery"]


@pytest.mark.parametrize("code", [2, 5, 8, 70])
def test_a_repro_that_did_not_come_to_the_merge_changes_nothing(
    tmp_path: Path, code: int
) -> None:
    after(tmp_path, 3, MERGE_FAILED)
    after(tmp_path, code, "ERROR: Unable to acquire lock")
    assert [kind for _, kind, _ in told(tmp_path)] == ["alert"]


def test_another_failure_of_the_merge_is_no_refusal(tmp_path: Path) -> None:
    after(tmp_path, 8, MERGE_FAILED.replace("with 3", "with 8"))
    assert told(tmp_path) == []


def test_drift_is_told_once_with_what_moved_and_when(tmp_path: Path) -> None:
    drift(tmp_path, "drift")
    for _ in range(2):
        after(tmp_path)
    [(cause, kind, text)] = told(tmp_path)
    assert (cause, kind) == ("drift", "alert")
    for words in (
        "since als-1 ended on 2026-01-25",
        "in 2026-02-01 to 2026-02-08: stars: 1 star 4.0 % -> 29.0 %",
        "look at reports/drift.html; `python runner.py run train`",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("verdict", "windows", "ending"),
    [
        ("none", 3, "is like what the live model was trained on"),
        ("watch", 3, "is like what the live model was trained on"),
        ("too_little_data", 0, "the live model was trained on what came since"),
        ("too_little_data", 1, None),  # windows of too few users say nothing
    ],
)
def test_drift_ends_when_nothing_differs_or_a_model_was_trained_on_it(
    tmp_path: Path, verdict: str, windows: int, ending: str | None
) -> None:
    drift(tmp_path, "drift")
    after(tmp_path)
    drift(tmp_path, verdict, windows)
    after(tmp_path)
    recoveries = [text for _, kind, text in told(tmp_path) if kind == "recovery"]
    assert len(recoveries) == (ending is not None)
    assert all(ending in text for text in recoveries if ending)


def test_a_watch_is_no_alert(tmp_path: Path) -> None:
    drift(tmp_path, "watch")
    after(tmp_path)
    assert told(tmp_path) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"over": 7}', "null"])
def test_a_torn_file_fails_no_run(tmp_path: Path, content: str) -> None:
    for name in ("merge", "drift"):
        write(tmp_path / f"metrics/{name}.json", "")
        (tmp_path / f"metrics/{name}.json").write_text(content)
    (tmp_path / "data").write_text("a file where a folder is to be")
    after(tmp_path)
    assert told(tmp_path) == []


def test_a_state_that_cannot_be_written_fails_no_run(tmp_path: Path) -> None:
    merged(tmp_path, reviews={"cells": 3})
    (tmp_path / "state").write_text("a file where a folder is to be")
    after(tmp_path, 3, MERGE_FAILED)
