"""Every drop becomes one immutable batch, whatever is killed; what cannot be read stays where it is."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recsys import intake
from recsys.artifacts import sha256_of
from recsys.errors import DataError
from tests.imports import ROOT
from tests.worlds import DROP_COLUMNS, Shop, complains, lines, make_shop, snapshot

ROW, OTHER = "u,p1,5,good,2024-01-01 10:00:00", "v,p1,4,,2024-01-01 10:00:00"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def take(shop: Shop) -> list[str]:
    return [path.name for path in intake.take(shop.staging, shop.batches)]


def rows(shop: Shop) -> list[str]:
    """The rows of all batches in their order."""
    return [row for path in intake.sealed(shop.batches) for row in path.read_text(encoding="utf-8").splitlines()[1:]]


def test_drops_are_sealed_in_the_order_of_their_names_and_named_by_content(shop: Shop) -> None:
    digests = [sha256_of(shop.drop(name, row))[:16] for name, row in (("1.csv", ROW), ("2.csv", OTHER))]
    assert take(shop) == [f"000001-{digests[0]}.csv", f"000002-{digests[1]}.csv"]
    assert rows(shop) == [ROW, OTHER]
    assert snapshot(shop.staging) == {}


def test_later_drops_are_numbered_on_and_sealed_batches_are_never_rewritten(shop: Shop) -> None:
    shop.drop("a.csv", ROW)
    take(shop)
    before = {path: path.stat().st_mtime_ns for path in intake.sealed(shop.batches)}
    shop.drop("a.csv", OTHER)
    assert take(shop)[0].startswith("000002-")
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_same_content_is_sealed_once(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shop.drop("a.csv", ROW)
    shop.drop("b.csv", ROW)
    assert len(take(shop)) == 1
    shop.drop("c.csv", ROW)
    assert take(shop) == []
    assert rows(shop) == [ROW]
    assert snapshot(shop.staging) == {}
    assert caplog.text.count("sealed already, 0 rows added") == 2


def test_nothing_to_take_is_no_error(shop: Shop) -> None:
    assert take(shop) == []
    shop.staging.rmdir()
    assert take(shop) == []


def test_other_files_folders_links_and_pipes_stay(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    (shop.staging / "notes.txt").write_text("x")
    (shop.staging / "half.csv.part").write_text("x")
    (shop.staging / "folder.csv").mkdir()
    (shop.staging / "link.csv").symlink_to(shop.reviews)
    os.mkfifo(shop.staging / "pipe.csv")
    assert take(shop) == []
    assert sorted(path.name for path in shop.staging.iterdir()) == [
        "folder.csv",
        "half.csv.part",
        "link.csv",
        "notes.txt",
        "pipe.csv",
    ]
    assert caplog.text.count("not a regular file") == 3


@pytest.mark.parametrize("content", [b"", b"user_id,product_id\n", lines(DROP_COLUMNS, [ROW]).encode("utf-16")])
def test_a_drop_with_a_wrong_header_stays_and_the_others_are_sealed(shop: Shop, content: bytes) -> None:
    bad = shop.staging / "a.csv"
    bad.write_bytes(content)
    shop.drop("b.csv", ROW)
    with complains(DataError, bad):
        take(shop)
    assert rows(shop) == [ROW]
    assert snapshot(shop.staging) == {"a.csv": content}


def test_several_wrong_drops_are_one_message_with_a_count(shop: Shop) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (shop.staging / name).write_text("x\n")
    with complains(DataError, shop.staging / "a.csv", "2 more files"):
        take(shop)


def test_a_drop_with_a_header_only_is_a_batch_without_rows(shop: Shop) -> None:
    shop.drop("a.csv")
    assert len(take(shop)) == 1
    assert rows(shop) == []


def test_a_strange_file_among_the_batches_is_no_traceback(shop: Shop) -> None:
    (shop.batches / "1a-copy.csv").write_text(lines(DROP_COLUMNS, [OTHER]))
    shop.drop("a.csv", ROW)
    assert take(shop)[0].startswith("000001-")


def test_killed_at_every_step_no_row_is_lost_or_sealed_twice(tmp_path: Path) -> None:
    """A child is killed before its n-th change of the file system, for every n; then the intake runs again."""
    script = (
        "import os, sys; from pathlib import Path; from recsys import intake\n"
        "left = [int(sys.argv[3])]\n"
        "def audit(event, arguments):\n"
        "    writes = event == 'open' and isinstance(arguments[1], str) and set('wax+') & set(arguments[1])\n"
        "    if event in ('os.rename', 'os.remove', 'os.mkdir') or writes:\n"
        "        left[0] -= 1\n"
        "        if left[0] < 0: os.kill(os.getpid(), 9)\n"
        "sys.addaudithook(audit)\n"
        "intake.take(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    steps = 0
    while True:
        shop = make_shop(tmp_path / str(steps))
        shop.drop("1.csv", ROW)
        shop.drop("2.csv", OTHER)
        child = subprocess.run(
            [sys.executable, "-B", "-c", script, shop.staging, shop.batches, str(steps)], cwd=ROOT, check=False
        )
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL
        shop.drop("3.csv", "w,p1,4,,2024-01-01 10:00:00")
        take(shop)
        assert sorted(rows(shop)) == sorted([ROW, OTHER, "w,p1,4,,2024-01-01 10:00:00"])
        assert snapshot(shop.staging) == {}
        assert [path.name[:6] for path in sorted(shop.batches.iterdir())] == ["000001", "000002", "000003"]
        steps += 1
    assert steps >= 8
