"""The transformer encoder: the mean of a text's tokens; a cache changes speed, never results."""

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.program.errors import ConfigError
from recsys.texts import transformer
from tests.recsys.pretrained.tiny_models import POSITIONS, make_roberta, pickle_weights
from tests.recsys.texts.encoded import TEXTS, encode
from tests.worlds import complains


def test_the_vector_is_the_mean_over_the_tokens_of_the_text(
    roberta: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    vectors = encode(TEXTS, roberta, tmp_path / "cache.db")
    assert vectors.shape == (5, 16)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1] * 5)
    tokenizer, network = (
        AutoTokenizer.from_pretrained(roberta),
        AutoModel.from_pretrained(roberta).eval(),
    )
    for one, vector in zip(TEXTS, vectors, strict=True):
        with torch.inference_mode():
            mean = (
                network(**tokenizer(one, return_tensors="pt"))
                .last_hidden_state[0]
                .mean(dim=0)
                .numpy()
            )
        assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_the_second_call_encodes_nothing_and_gives_the_same_bytes(
    roberta: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "recsys.texts.transformer")
    cache = tmp_path / "new" / "cache.db"
    first = encode(TEXTS, roberta, cache)
    monkeypatch.setattr(
        transformer, "load_encoder", None
    )  # the model is not even loaded
    assert encode(TEXTS, roberta, cache).tobytes() == first.tobytes()
    assert [
        record.getMessage()
        for record in caplog.records
        if record.name == "recsys.texts.transformer"
    ] == [
        "embed: 5 texts, 4 new",
        "embed: 5 texts, 0 new",
    ]


def test_results_do_not_depend_on_the_batch_nor_on_what_the_cache_knows(
    roberta: Path, tmp_path: Path
) -> None:
    whole = encode(TEXTS, roberta, tmp_path / "whole.db", batch_size=5)
    for one in TEXTS:
        encode([one], roberta, tmp_path / "by_and_by.db")
    assert (
        encode(TEXTS, roberta, tmp_path / "by_and_by.db").tobytes() == whole.tobytes()
    )
    assert (
        encode(TEXTS, roberta, tmp_path / "one.db", batch_size=1).tobytes()
        == whole.tobytes()
    )


def test_another_model_length_or_batch_is_another_key(
    roberta: Path, tmp_path: Path
) -> None:
    cache, other = tmp_path / "cache.db", make_roberta(tmp_path / "other", seed=1)

    def known() -> int:
        with sqlite3.connect(cache) as connection:
            count: int = connection.execute("SELECT count(*) FROM vectors").fetchone()[
                0
            ]
        connection.close()
        return count

    first = encode(["kem"], roberta, cache)
    assert encode(["kem"], other, cache).tobytes() != first.tobytes()
    encode(["kem"], roberta, cache, max_length=8)
    encode(["kem"], roberta, cache, batch_size=1)
    assert known() == 4
    make_roberta(other, seed=2)  # new weights in the same folder
    encode(["kem"], other, cache)
    assert known() == 5


def test_a_text_that_is_too_long_is_cut(roberta: Path, tmp_path: Path) -> None:
    long, longer = (
        encode(["kem " * count], roberta, tmp_path / "cache.db", max_length=8)
        for count in (6, 500)
    )
    assert longer == pytest.approx(long, abs=1e-6)


def test_a_max_length_that_the_model_cannot_take_is_a_config_error(
    roberta: Path, tmp_path: Path
) -> None:
    with complains(ConfigError, "embed.max_length"):
        encode(["kem " * 500], roberta, tmp_path / "cache.db", max_length=POSITIONS + 9)


def test_an_empty_text_has_the_zero_vector(roberta: Path, tmp_path: Path) -> None:
    vectors = encode(["", "kem"], roberta, tmp_path / "cache.db")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([0, 1])


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_a_folder_that_is_no_model_is_a_config_error(
    tmp_path: Path, content: str | None
) -> None:
    (tmp_path / "model").mkdir()
    if content:
        (tmp_path / "model" / "config.json").write_text(content)
    with complains(
        ConfigError, "embed.model", tmp_path / "model", "embed.encoder: lexical"
    ):
        encode(["kem"], tmp_path / "model", tmp_path / "cache.db")


def test_weights_that_are_torn_are_a_config_error(tmp_path: Path) -> None:
    model = make_roberta(tmp_path / "model", seed=0)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with complains(ConfigError, "embed.model", model):
        encode(["kem"], model, tmp_path / "cache.db")


def test_weights_in_a_pickle_are_not_read(tmp_path: Path) -> None:
    model = make_roberta(tmp_path / "model", seed=0)
    pickle_weights(model)
    with complains(
        ConfigError, "embed.model", model, "pickles are not read", "save_pretrained"
    ):
        encode(["kem"], model, tmp_path / "cache.db")


def test_the_hub_is_not_there(roberta: Path, tmp_path: Path) -> None:
    """A model that its cache on this disk has at `main` is taken, at the commit; another one is one
    line and exit 2.
    """
    commit, folder = "ab" * 20, tmp_path / "hub/models--owner--tiny"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs/main").write_text(commit)
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / commit).symlink_to(roberta)
    script = (
        "import sys; from pathlib import Path; from recsys.texts import transformer\n"
        "from recsys.program.command_line import exit_code_of\n"
        "def run(model):\n"
        "    settings = transformer.TransformerParams(\n"
        "        model=model, revision='main', batch_size=2, max_length=16, device='cpu',\n"
        "        segmenter='none')\n"
        "    vectors, encoder = transformer.transformer(['kem'], settings, Path(sys.argv[1]))\n"
        "    print(encoder, vectors.shape)\n"
        "exit_code_of(lambda: run('owner/tiny'))\n"
        "sys.exit(exit_code_of(lambda: run('nobody/no-such-model')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "cache.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": ""},
    )
    assert done.stdout == f"owner/tiny@{commit}-16 (1, 16)\n"
    assert done.returncode == 2
    warning, line = done.stderr.splitlines()
    taken = f"taking owner/tiny at {commit}, which is on this disk"
    assert warning == f"embed.model: the hub does not answer; {taken}"
    assert line.startswith(
        "error: params.yaml: embed.model: 'nobody/no-such-model' cannot be loaded"
    )
    assert "embed.encoder: lexical" in line
