"""Whether somebody writes a file is seen, also where the kernel does not say so."""

import os
from datetime import UTC, datetime

import pytest

from recsys.intake import open_files
from tests.recsys.intake.worlds import NOW, ROW
from tests.worlds import Shop


def test_a_writer_of_another_user_is_seen_among_the_open_files(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        open_files.fcntl, "F_SETLEASE", -1
    )  # refused, as it is for a file of another user
    path = shop.drop("a.csv", ROW)
    with path.open("rb") as reader:
        assert not open_files.is_written(
            reader.fileno(), datetime.fromtimestamp(path.stat().st_mtime + 1e6, UTC)
        )
        with path.open("ab"):
            assert open_files.is_written(reader.fileno(), NOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_where_not_all_processes_can_be_seen_a_file_counts_as_written_for_a_day(
    shop: Shop,
) -> None:
    path = shop.drop("a.csv", ROW)
    mtime = path.stat().st_mtime
    with path.open("rb") as reader:
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            answers = [
                open_files.is_written(
                    reader.fileno(), datetime.fromtimestamp(later, UTC)
                )
                for later in (mtime + hours * 3600 for hours in (1, 23, 25))
            ]
            os._exit(0 if answers == [True, True, False] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
