import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.scheduler import notify


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.settimeout(10)
        yield listening


@pytest.mark.parametrize("name", ["{folder}/notify", "@shop-{folder}"])
def test_a_word_arrives(
    systemd: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    named = name.format(folder=tmp_path)
    systemd.bind(named.replace("@", "\0", 1))
    monkeypatch.setenv("NOTIFY_SOCKET", named)
    notify.notify(notify.READY)
    assert systemd.recv(100) == b"READY=1"


def test_nobody_who_listens_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.notify(notify.ALIVE)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    notify.notify(notify.ALIVE)


@pytest.mark.parametrize(
    ("value", "expected"), [("30000000", 15.0), ("no", None), (None, None)]
)
def test_the_watchdog_hears_twice_in_its_limit(
    monkeypatch: pytest.MonkeyPatch, value: str | None, expected: float | None
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    if value:
        monkeypatch.setenv("WATCHDOG_USEC", value)
    assert notify.watchdog_s() == expected
