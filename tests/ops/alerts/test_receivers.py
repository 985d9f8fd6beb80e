import os
from pathlib import Path

import pytest

from ops.alerts.receivers import FILE, VARIABLE, Receiver, read
from recsys.program.errors import ConfigError


def file_of(state: Path, text: str, mode: int = 0o600) -> Path:
    path = state / FILE
    path.write_text(text)
    path.chmod(mode)
    return path


def test_nobody() -> None:
    assert read(Path("nowhere"), {}) == []


def test_urls_come_from_the_variable_and_the_file_each_once(tmp_path: Path) -> None:
    path = file_of(tmp_path, "# who\n\nmailto://a\n json://b \n")
    found = read(tmp_path, {VARIABLE: "json://b\n slack://c "})
    assert [(one.number, one.url, one.place) for one in found] == [
        (1, "json://b", VARIABLE),
        (2, "slack://c", VARIABLE),
        (3, "mailto://a", str(path)),
    ]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = file_of(tmp_path, "json://canary", mode)
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, {})
    assert f"mode {mode:o}" in str(caught.value)
    assert f"run `chmod 600 {path}`" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read(tmp_path, {})


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ConfigError, match="not a file"):
        read(tmp_path, {})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_in_its_place_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE, 0o600)
    with pytest.raises(ConfigError, match="not a file"):
        read(tmp_path, {})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("mailto://ann:pw@host", "receiver 1 (mailto, of SHOP_ALERT_URLS)"),
        ("xoxb-a-token-without-kind", "receiver 1 (no URL, of SHOP_ALERT_URLS)"),
        ("a.secret.thing://x", "receiver 1 (no URL, of SHOP_ALERT_URLS)"),
    ],
)
def test_a_name_shows_the_kind_only(url: str, name: str) -> None:
    assert Receiver(1, url).name == name
    assert url not in repr(Receiver(1, url))
