"""What the last run has read, as far as its file tells."""

import json
from pathlib import Path

import pytest

from recsys.intake import last_run


def test_rows_by_file_of_the_same_shop(tmp_path: Path) -> None:
    metrics = tmp_path / "merge.json"
    files = {"a.csv": {"read": 3, "accepted": 2}}
    metrics.write_text(json.dumps({"sample": False, "files": files}))
    assert last_run.read(metrics, is_sample=False).rows == {"a.csv": 3}
    assert last_run.read(metrics, is_sample=True).rows == {}


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"sample": false, "files": {"a": {}}}']
)
def test_nothing_is_known_of_a_run_without_a_whole_file(
    tmp_path: Path, content: str | None
) -> None:
    metrics = tmp_path / "merge.json"
    if content is not None:
        metrics.write_text(content)
    assert last_run.read(metrics, is_sample=False).rows == {}
