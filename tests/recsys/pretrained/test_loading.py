"""Encoder and classifier are loaded by one loader, from safetensors only."""

import re
from pathlib import Path

import pytest

from recsys.pretrained.loading import FilesMissingError, NotLoadedError, load_pretrained
from tests.recsys.pretrained.tiny_models import (
    make_classifier,
    make_roberta,
    pickle_weights,
)

LABELS = ("NEG", "POS")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only local folders are loaded here."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def saved(kind: str, folder: Path) -> Path:
    return (
        make_roberta(folder, 0)
        if kind == "encoder"
        else make_classifier(folder, LABELS)
    )


@pytest.mark.parametrize("kind", ["encoder", "classifier"])
def test_a_model_in_safetensors_is_loaded_ready_to_compute(
    kind: str, tmp_path: Path
) -> None:
    model = load_pretrained(
        kind, str(saved(kind, tmp_path / "model")), None, from_disk=True
    )
    assert not model.network.training
    assert model.tokenizer("kem")["input_ids"] == [2, 4, 3]
    assert "classifier.dense.weight" not in model.missing


@pytest.mark.parametrize("kind", ["encoder", "classifier"])
def test_a_model_with_pickled_weights_alone_is_refused_with_what_to_do(
    kind: str, tmp_path: Path
) -> None:
    folder = saved(kind, tmp_path / "model")
    pickle_weights(folder)
    words = "no model.safetensors: weights in pickles are not read; save the model with"
    with pytest.raises(FilesMissingError, match=re.escape(words)):
        load_pretrained(kind, str(folder), None)


def test_a_pickle_beside_the_weights_is_never_opened(tmp_path: Path) -> None:
    folder = make_roberta(tmp_path / "model", 0)
    (folder / "pytorch_model.bin").write_bytes(b"no pickle at all")
    assert load_pretrained("encoder", str(folder), None).missing == []


def test_weights_that_a_classifier_lacks_are_named(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path / "model", LABELS, head=False)
    model = load_pretrained("classifier", str(folder), None)
    assert "classifier.dense.weight" in model.missing
    assert model.missing == sorted(model.missing)


def test_code_that_comes_with_a_model_is_not_run(tmp_path: Path) -> None:
    folder = make_roberta(tmp_path / "model", 0)
    trap = tmp_path / "was_run"
    (folder / "trap.py").write_text(f"open({str(trap)!r}, 'w')\nclass Config: pass\n")
    config = (folder / "config.json").read_text()
    remote = '{"auto_map": {"AutoConfig": "trap.Config", "AutoModel": "trap.Config"},'
    (folder / "config.json").write_text(config.replace("{", remote, 1))
    load_pretrained("encoder", str(folder), None)  # the library's own class is taken
    assert not trap.exists()


@pytest.mark.parametrize("kind", ["encoder", "classifier"])
def test_torn_weights_are_no_missing_file_and_one_line(
    kind: str, tmp_path: Path
) -> None:
    weights = saved(kind, tmp_path / "model") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(NotLoadedError) as caught:
        load_pretrained(kind, str(weights.parent), None)
    assert not isinstance(caught.value, FilesMissingError)
    assert "\n" not in str(caught.value)


def test_what_is_not_on_this_disk_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(FilesMissingError):
        load_pretrained("encoder", "nobody/no-such-model", "ab" * 20, from_disk=True)
