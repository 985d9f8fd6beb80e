"""The counts of all workers of a service."""

import json
from pathlib import Path

import pytest

from recsys.serving import tally
from recsys.serving.counters import Counters

PORT = 8000


def counted(lists: int) -> Counters:
    made = Counters()
    made.lists["trained"] += lists
    return made


def other(folder: Path, worker: int, lists: int, port: int = PORT) -> Path:
    """What another worker has written down."""
    path = folder / tally.NAME.format(port=port, worker=worker)
    path.write_text(json.dumps(counted(lists).as_json()))
    return path


def test_of_all_workers_of_the_port_own_counts_once(tmp_path: Path) -> None:
    mine, folder = counted(3), tmp_path / "service"
    tally.write(folder, PORT, mine)
    other(folder, 1, 20)
    other(folder, 2, 100, port=80)
    mine.lists["trained"] += 1  # after it was written down
    assert tally.total(folder, PORT, mine).lists == {"trained": 24}
    assert mine.lists == {"trained": 4}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"requests": 1}', "\udcff"])
def test_a_torn_file_counts_nothing(tmp_path: Path, content: str) -> None:
    other(tmp_path, 1, 5).write_text(content, errors="surrogateescape")
    other(tmp_path, 2, 7)
    assert tally.total(tmp_path, PORT, Counters()).lists == {"trained": 7}


def test_a_service_that_begins_has_counted_nothing(tmp_path: Path) -> None:
    left = [other(tmp_path, 1, 5), other(tmp_path, 1, 5, port=80)]
    tally.begin(tmp_path, PORT)
    assert [path.exists() for path in left] == [False, True]
    tally.begin(tmp_path / "none", PORT)
