"""Batches keep their bytes and their order."""

import hashlib
from pathlib import Path

from recsys.intake import batches
from recsys.intake.batches import seal, sealed
from recsys.intake.compaction import compact
from recsys.program.errors import DataError
from tests.recsys.intake.worlds import OTHER, ROW, facts, put, take
from tests.worlds import DROP_COLUMNS, Shop, complains, lines, snapshot


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


def test_a_strange_file_among_the_batches_is_no_traceback(shop: Shop) -> None:
    (shop.batches / "1a-copy.csv").write_text(lines(DROP_COLUMNS, [OTHER]))
    (shop.batches / "aside").mkdir()
    shop.drop("a.csv", ROW)
    assert take(shop)[0].startswith("000001-")
