"""Batches that are folded into one file keep their names, their bytes and their order."""

from pathlib import Path

import pytest

from recsys.intake import compaction
from recsys.intake.batches import sealed
from recsys.intake.compaction import compact
from recsys.program.errors import DataError
from tests.recsys.intake.worlds import facts, put
from tests.worlds import complains, snapshot


def test_folded_batches_look_the_same(three: Path) -> None:
    before = facts(three)
    folded = compact(three)
    assert folded is not None
    assert facts(three) == before
    assert sorted(path.name for path in three.iterdir()) == [
        folded.name,
        "ledger.jsonl",
    ]
    assert folded.name.startswith("000001-000003-")


def test_folding_twice_does_nothing_and_folding_on_gives_one_file(three: Path) -> None:
    compact(three)
    assert compact(three) is None
    put(three, 4, b"more")
    before = facts(three)
    folded = compact(three)
    assert facts(three) == before
    assert list(three.glob("*.zip")) == [folded]


def test_one_batch_or_none_is_not_folded(tmp_path: Path) -> None:
    assert compact(tmp_path) is None
    put(tmp_path, 1, b"abc")
    assert compact(tmp_path) is None
    assert len(list(tmp_path.iterdir())) == 1


def test_the_same_batches_give_the_same_bytes_in_one_step_or_two(
    three: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = tmp_path_factory.mktemp("other")
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    for batch in sealed(three):
        with batch.open() as handle:
            put(other, batch.number, handle.read())
        if batch.number == 2:
            compact(other)
    one, two = compact(three), compact(other)
    assert one and two
    assert (one.name, one.read_bytes()) == (two.name, two.read_bytes())


def test_a_batch_that_is_a_file_and_a_member_counts_once_until_the_next_compaction(
    three: Path,
) -> None:
    kept = snapshot(three)
    before = facts(three)
    folded = compact(three)
    for name, data in kept.items():
        (three / name).write_bytes(data)
    assert facts(three) == before
    assert compact(three) == folded
    assert not list(three.glob("*.csv"))
    assert facts(three) == before


def test_a_zip_that_does_not_hold_the_batches_costs_no_original(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = compaction._fold
    monkeypatch.setattr(
        compaction, "_fold", lambda path, found: real(path, found[:-1])
    )  # the planted bug
    before = snapshot(three)
    with complains(DataError, "does not hold"):
        compact(three)
    assert snapshot(three) == before
