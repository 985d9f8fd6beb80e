"""Whether a folder has a model to offer is seen without pydantic."""

from pathlib import Path

import pytest

from bench.speed.counts import packages
from recsys.files.atomic import write_json
from recsys.models.offered import MANIFEST, is_offered
from recsys.program.errors import DataError
from tests.worlds import complains


@pytest.mark.parametrize(
    ("content", "offered"),
    [({}, True), ({"offered": True}, True), ({"offered": False}, False), ([], True)],
)
def test_it_is_unless_the_manifest_says_not(
    tmp_path: Path, content: object, offered: bool
) -> None:
    write_json(tmp_path / MANIFEST, content)
    assert is_offered(tmp_path) is offered


def test_a_missing_or_torn_manifest_is_named(tmp_path: Path) -> None:
    with complains(DataError, tmp_path / MANIFEST):
        is_offered(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with complains(DataError, tmp_path / MANIFEST):
        is_offered(tmp_path)


def test_it_costs_no_package_of_others() -> None:
    assert packages("recsys.models.offered") == set()
