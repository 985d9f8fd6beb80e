"""The default remote of DVC, as its files name it."""

from pathlib import Path

import pytest

from ops.pipeline import dvc_remote

CONFIG = "[core]\n    remote = shared\n['remote \"shared\"']\n    url = s3://shop/dvc\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text(CONFIG)
    return tmp_path


def test_without_a_config_there_is_none(tmp_path: Path) -> None:
    assert dvc_remote.default(tmp_path) == ("", {})


def test_name_and_options_are_those_of_both_files(root: Path) -> None:
    own = "['remote \"shared\"']\n    endpointurl = https://s3.shop\n"
    (root / ".dvc/config.local").write_text(own)
    options = {"url": "s3://shop/dvc", "endpointurl": "https://s3.shop"}
    assert dvc_remote.default(root) == ("shared", options)


def test_a_config_that_is_none_is_dvcs_to_tell(root: Path) -> None:
    (root / ".dvc/config").write_text("x\n[core]\nremote = two")
    assert dvc_remote.default(root) == ("", {})


@pytest.mark.parametrize(
    ("options", "has_one"),
    [
        ({"url": "https://shop:secret@dvc.shop/x"}, True),
        ({"url": "s3://shop", "endpointurl": "http://k:secret@s3.shop"}, True),
        ({"url": "ssh://shop@dvc.shop:22/x"}, False),
        ({"url": "../nas"}, False),
    ],
)
def test_a_password_in_an_address(options: dict[str, str], has_one: bool) -> None:
    assert dvc_remote.has_password(options) is has_one
