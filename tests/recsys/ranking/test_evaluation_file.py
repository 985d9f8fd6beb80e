"""An evaluation is read as it was written; what is not one is a line that names the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsys.program.errors import DataError
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import Evaluation
from tests.worlds import complains

ROWS = {
    "als": {"recall_at_10": 0.3},
    "popularity": {"recall_at_10": 0.25, "ndcg_at_10": 0.1},
}
EVALUATION = Evaluation(
    best="als", primary="recall_at_10", test_users=9, test_users_in_all=9, models=ROWS
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "evaluate.json"
    evaluation_file.write(path, EVALUATION)
    assert evaluation_file.read(path) == EVALUATION
    assert list(json.loads(path.read_text())) == [
        "best",
        "primary",
        "test_users",
        "test_users_in_all",
        "models",
        "blend",
    ]


def test_the_primary_metric_by_name() -> None:
    assert EVALUATION.primary_of("als") == 0.3
    assert EVALUATION.primary_of("popularity") == 0.25


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"best": "bpr"}, "no recall_at_10 of bpr"),
        ({"best": None}, "best"),
        ({"primary": "map_at_10"}, "no map_at_10 of als"),
        ({"models": {"als": ROWS["als"]}}, "no recall_at_10 of popularity"),
        ({"models": []}, "models"),
        (
            {"models": {**ROWS, "als": {"recall_at_10": None}}},
            "models.als.recall_at_10",
        ),
        (
            {"models": {**ROWS, "als": {"recall_at_10": "0.5"}}},
            "models.als.recall_at_10",
        ),
        (
            {"models": {**ROWS, "als": {"recall_at_10": True}}},
            "models.als.recall_at_10",
        ),
        ({"test_users": 1.5}, "test_users"),
        ({"blend": {"lead": "1"}}, "blend.lead"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_file_and_the_key(
    tmp_path: Path, changes: dict[str, Any], place: str
) -> None:
    path = tmp_path / "evaluate.json"
    path.write_text(json.dumps(EVALUATION.model_dump() | changes))
    with complains(DataError, path, "not an evaluation", place, "run `dvc repro`"):
        evaluation_file.read(path)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", "1", '{"models": {"als": NaN}}']
)
def test_what_is_no_evaluation_is_one_line_that_names_the_file(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "evaluate.json"
    path.write_text(content)
    with complains(DataError, path, "run `dvc repro`"):
        evaluation_file.read(path)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with complains(
        DataError, tmp_path / "evaluate.json", "no such file", "run `dvc repro`"
    ):
        evaluation_file.read(tmp_path / "evaluate.json")
