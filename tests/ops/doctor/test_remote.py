"""The doctor's line on DVC's remote, with the fault planted."""

import socket
from pathlib import Path

import pytest

from ops.doctor import remote

CONFIG = "[core]\n    remote = shared\n['remote \"shared\"']\n    url = {}\n"


def seen(root: Path, url: str, local: str = "") -> list[tuple[str, str]]:
    (root / ".dvc").mkdir(exist_ok=True)
    (root / ".dvc/config").write_text(CONFIG.format(url))
    (root / ".dvc/config.local").write_text(local)
    return [(one.level, one.seen) for one in remote.remote(root)]


def test_without_a_remote_nothing_is_said(tmp_path: Path) -> None:
    assert remote.remote(tmp_path) == []


def test_a_folder(tmp_path: Path) -> None:
    [(level, said)] = seen(tmp_path, "../../nas")
    assert (level, said.startswith("shared: ")) == ("ok", True)
    (tmp_path / "file").touch()
    [(level, said)] = seen(tmp_path, f"{tmp_path}/file/dvc")
    assert (level, said) == ("bad", f"shared: {tmp_path}/file/dvc may not be written")


def test_a_host_that_answers_and_one_that_does_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        [(level, said)] = seen(tmp_path, f"http://127.0.0.1:{port}/x")
        assert (level, said) == ("ok", f"shared: 127.0.0.1:{port} answers")
    [(level, said)] = seen(tmp_path, f"http://127.0.0.1:{port}/x")
    assert (level, said) == ("warning", f"shared: 127.0.0.1:{port}: Connection refused")


def test_a_package_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "find_spec", lambda _: None)
    [found] = seen(tmp_path, "s3://shop/dvc")
    assert found == ("bad", "shared: dvc-s3 is not installed")


def test_s3_is_looked_for_at_its_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "find_spec", lambda _: True)
    [(level, _)] = seen(tmp_path, "s3://shop/dvc")
    assert level == "ok"
    own = "['remote \"shared\"']\n    endpointurl = http://127.0.0.1:1\n"
    [(level, said)] = seen(tmp_path, "s3://shop/dvc", own)
    assert (level, said[:19]) == ("warning", "shared: 127.0.0.1:1")


def test_a_password_in_the_address_is_not_shown(tmp_path: Path) -> None:
    [(level, said)] = seen(tmp_path, "https://shop:s3cret@127.0.0.1:1/dvc")
    assert level == "bad"
    assert "s3cret" not in said


def test_a_config_that_is_none_is_dvcs_to_tell(tmp_path: Path) -> None:
    assert seen(tmp_path, "x\n[core]\nremote = two") == []
