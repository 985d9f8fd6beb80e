"""What workers say is read while it is fresh and its worker lives, and nothing else is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recsys.serving import attestation
from recsys.serving.attestation import FRESH_S, Attestation, Order

NOW = 1_800_000_000.0
SAID = Attestation(
    worker=os.getpid(),
    workers=1,
    port=8000,
    model_id="als-0123456789ab",
    manifest_sha256="0" * 64,
    generation=3,
    golden="1" * 64,
    at=NOW,
)


def dead() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_what_is_said_is_read_until_it_is_taken_back(tmp_path: Path) -> None:
    assert attestation.read(tmp_path, 8000, NOW) == []
    attestation.write(tmp_path, SAID)
    assert attestation.read(tmp_path, 8000, NOW + FRESH_S) == [SAID]
    for _ in range(2):
        attestation.remove(tmp_path, SAID.worker)
        assert attestation.read(tmp_path, 8000, NOW) == []
    assert list((tmp_path / "service").iterdir()) == []


def test_silent_dead_and_other_workers_are_left_out(tmp_path: Path) -> None:
    attestation.write(tmp_path, SAID)
    attestation.write(tmp_path, SAID.model_copy(update={"worker": dead()}))
    assert attestation.read(tmp_path, 8000, NOW) == [SAID]
    assert attestation.read(tmp_path, 8000, NOW + FRESH_S + 1) == []
    assert attestation.read(tmp_path, 8001, NOW) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"null",
        b'{"worker": 1}',
        SAID.model_dump_json().replace('"generation":3', '"generation":"3"').encode(),
        SAID.model_copy(update={"worker": 0}).model_dump_json().encode(),
        SAID.model_copy(update={"worker": 1 << 70}).model_dump_json().encode(),
    ],
)
def test_what_is_torn_or_odd_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service/1.json").write_bytes(content)
    (tmp_path / "service/reload-8000.json").write_bytes(content)
    assert attestation.read(tmp_path, 8000, NOW) == []
    assert attestation.order(tmp_path, 8000) is None


def test_the_newest_order_counts(tmp_path: Path) -> None:
    assert attestation.order(tmp_path, 8000) is None
    for number in "12":
        order = Order(model_id="als-0123456789ab", number=number, at=NOW)
        attestation.give(tmp_path, 8000, order)
        assert attestation.order(tmp_path, 8000) == order
    assert attestation.order(tmp_path, 8001) is None


def test_a_service_that_begins_forgets_what_was_before_it(tmp_path: Path) -> None:
    attestation.begin(tmp_path, 8000)
    attestation.write(tmp_path, SAID)
    attestation.write(tmp_path, SAID.model_copy(update={"worker": dead()}))
    for port in (8000, 8001):
        order = Order(model_id="als-0123456789ab", number="1", at=NOW)
        attestation.give(tmp_path, port, order)
    attestation.begin(tmp_path, 8000)
    left = sorted(path.name for path in (tmp_path / "service").iterdir())
    assert left == [f"{os.getpid()}.json", "reload-8001.json"]
