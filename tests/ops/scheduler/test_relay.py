import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.scheduler import relay


def relayed(tmp_path: Path, content: bytes, head: int, tail: int) -> bytes:
    source, log = tmp_path / "source", tmp_path / "log"
    source.write_bytes(content)
    reading = os.open(source, os.O_RDONLY)
    writing = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        relay.relay(reading, writing, head, tail)
    finally:
        os.close(reading)
        os.close(writing)
    return log.read_bytes()


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
def test_what_has_room_is_kept_as_it_is(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    assert relayed(tmp_path, content, head=1000, tail=10) == content


def test_of_what_has_no_room_the_beginning_and_the_end_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BLOCK", 7)
    content = b"".join(b"%03d " % number for number in range(1000))
    log = relayed(tmp_path, content, head=40, tail=20)
    assert log.startswith(content[:40] + b"\n[the job has printed more than its log")
    assert log.endswith(content[-20:])
    assert b"bytes were left out here" in log
    assert len(log) < 40 + 20 + 7 + 300


def test_a_gigabyte_makes_a_log_of_20_megabytes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", relay.__file__, str(log)], stdin=subprocess.PIPE
    )
    assert child.stdin
    line = b"x" * 65535 + b"\n"
    for _ in range(16384):
        child.stdin.write(line)
    child.stdin.write(b"the last line\n")
    child.stdin.close()
    assert child.wait(timeout=60) == 0
    assert log.stat().st_size < relay.HEAD + relay.TAIL + relay.BLOCK + 300
    assert log.read_bytes().endswith(b"the last line\n")


def test_a_full_disk_does_not_stop_what_is_read() -> None:
    child = subprocess.run(
        [sys.executable, "-I", "-S", relay.__file__, "/dev/full"],
        input=b"x" * 1_000_000,
        check=False,
    )
    assert child.returncode == 0
