"""Batches keep their bytes and their order, folded or not; the ledger survives what cuts it short."""

import errno
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recsys.intake import batches, compaction, drop_log
from recsys.intake.batches import Batch, seal, sealed
from recsys.intake.compaction import compact
from recsys.intake.drop_log import Entry, first_seen, note
from recsys.program.errors import DataError
from tests.worlds import complains, snapshot

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def put(folder: Path, number: int, content: bytes) -> Batch:
    return seal(folder, number, hashlib.sha256(content).hexdigest(), [content[:3], content[3:]])


def entry(batch: str, verdict: str = "sealed", at: datetime = NOW) -> Entry:
    return Entry(at.isoformat(), "a.csv", 1, 1, "0" * 64, batch, verdict)


def facts(folder: Path) -> list[tuple[str, str, bytes, datetime | None]]:
    """All that a reader can see of the batches."""
    found = []
    for batch in sealed(folder):
        with batch.open() as handle:
            found.append((batch.name, batch.sha256, handle.read(), batch.received))
    return found


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with three batches, the second noted in the ledger."""
    made = [put(tmp_path, number, f"content {number}\n".encode() * 10) for number in (1, 2, 3)]
    note(tmp_path, entry(made[1].name))
    return tmp_path


# ---- batches ----


def test_a_batch_is_named_by_its_number_and_its_content(tmp_path: Path) -> None:
    batch = put(tmp_path, 12, b"abcdef")
    digest = hashlib.sha256(b"abcdef").hexdigest()
    assert (batch.name, batch.number, batch.hash16) == (
        f"000012-{digest[:16]}.csv",
        12,
        digest[:16],
    )
    assert facts(tmp_path) == [(batch.name, digest, b"abcdef", None)]


def test_content_that_changes_while_it_is_read_is_not_sealed(tmp_path: Path) -> None:
    with complains(DataError, "changed while it was read"):
        seal(tmp_path, 1, hashlib.sha256(b"before").hexdigest(), [b"after"])
    assert snapshot(tmp_path) == {}


def test_order_is_by_number_beyond_six_digits(tmp_path: Path) -> None:
    for number in (1_000_000, 999_999, 2):
        put(tmp_path, number, f"{number}".encode())
    assert [batch.number for batch in sealed(tmp_path)] == [2, 999_999, 1_000_000]


def test_a_damaged_batch_is_named(three: Path) -> None:
    path = sealed(three)[1].path
    path.write_bytes(path.read_bytes()[:-1])
    with complains(DataError, path, "damaged"):
        _ = sealed(three)[1].sha256
    with complains(DataError, path, "damaged"):
        compact(three)
    assert len(sealed(three)) == 3


def test_what_a_killed_holder_left_half_written_goes(three: Path) -> None:
    (three / ".000004-0000000000000000.csv.part").write_bytes(b"half")
    with batches.locked(three):
        assert not list(three.glob(".*"))


# ---- compaction ----


def test_folded_batches_look_the_same(three: Path) -> None:
    before = facts(three)
    folded = compact(three)
    assert folded is not None
    assert facts(three) == before
    assert sorted(path.name for path in three.iterdir()) == [folded.name, "ledger.jsonl"]
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


def test_the_same_batches_give_the_same_bytes_in_one_step_or_two(three: Path, tmp_path_factory: pytest.TempPathFactory,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
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


def test_a_damaged_zip_is_named(three: Path) -> None:
    folded = compact(three)
    assert folded
    whole = folded.read_bytes()
    folded.write_bytes(whole[:-10])
    with complains(DataError, folded, "damaged"):
        sealed(three)
    folded.write_bytes(whole.replace(b"content 2", b"content X", 1))
    with complains(DataError, folded, "damaged"):
        _ = sealed(three)[1].sha256


# ---- the ledger ----


def test_a_batch_was_received_when_it_was_first_sealed(three: Path) -> None:
    name = sealed(three)[0].name
    note(three, entry(name, "known", NOW))
    note(three, entry(name, "partial", LATER))
    note(three, entry(name, "sealed", NOW))
    assert [batch.received for batch in sealed(three)] == [LATER, NOW, None]


def test_a_torn_last_line_is_passed_over_and_goes_with_the_next(three: Path) -> None:
    path = three / "ledger.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    assert len(drop_log.entries(three)) == 1
    note(three, entry("x", at=LATER))
    assert path.read_bytes() == whole + json.dumps(vars(entry("x", at=LATER))).encode() + b"\n"


@pytest.mark.parametrize(
    "junk", [b"\xff\n", b"[]\n", b'{"verdict": "sealed"}\n', b'{"at": 5, "verdict": "sealed"}\n']
)
def test_strange_lines_do_no_harm(three: Path, junk: bytes) -> None:
    before = facts(three)
    path = three / "ledger.jsonl"
    path.write_bytes(junk + path.read_bytes() + junk)
    assert facts(three) == before


def test_a_full_disk_leaves_the_ledger_as_it_was(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def half(handle: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", full)
        return real(handle, data[: len(data) // 2])

    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (three / "ledger.jsonl").read_bytes()
    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        note(three, entry("x"))
    assert (three / "ledger.jsonl").read_bytes() == before


def test_a_content_keeps_the_time_when_it_was_first_seen(tmp_path: Path) -> None:
    folder = tmp_path / "batches"
    assert first_seen(folder, "reviews.csv", "1" * 64, LATER) == LATER
    assert first_seen(folder, "reviews.csv", "2" * 64, NOW) == NOW
    before = snapshot(folder)
    assert first_seen(folder, "reviews.csv", "1" * 64, NOW) == LATER
    assert snapshot(folder) == before
