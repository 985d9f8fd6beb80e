"""Encoders: like texts have like vectors; a cache changes speed, never results."""

import json
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys import text
from recsys.errors import ConfigError, UserError
from tests.imports import ROOT
from tests.worlds import complains

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "kem", "dưỡng", "ẩm", "da", "khô", "dầu", "son", "đỏ", "môi")
POSITIONS = 40
TEXTS = ["kem dưỡng ẩm", "son môi đỏ", "kem", "da dầu da khô kem dưỡng ẩm son môi", "kem dưỡng ẩm"]


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A RoBERTa with two layers, 16 numbers a token, random weights and a vocabulary of words."""
    return make_roberta(tmp_path_factory.mktemp("model"), seed=0)


def make_roberta(folder: Path, seed: int) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    special = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), WORDS, strict=False))
    PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    torch.manual_seed(seed)
    RobertaModel(
        RobertaConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=POSITIONS,
            pad_token_id=0,
        )
    ).save_pretrained(folder)
    return folder


def encode(texts: list[str], model: Path | str, cache: Path, batch_size: int = 2, max_length: int = 16) -> np.ndarray:
    return text.transformer(texts, str(model), "main", batch_size, max_length, cache)


# ---- lexical ----

PRODUCTS = [
    "kem dưỡng ẩm cho da khô",
    "kem dưỡng ẩm ban đêm cho da khô",
    "son môi đỏ",
    "son môi hồng đỏ",
    "kem chống nắng da dầu",
    "",
]


def test_like_texts_have_like_vectors() -> None:
    vectors = text.lexical(PRODUCTS, 3, 42)
    assert vectors.shape == (6, 3)
    assert vectors.dtype == np.float32
    cosine = vectors @ vectors.T
    assert cosine[0, 1] > 0.9
    assert cosine[2, 3] > 0.9
    assert cosine[0, 2] < 0.1
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 1, 1, 0], abs=1e-6)


def test_the_same_settings_give_the_same_bytes() -> None:
    assert text.lexical(PRODUCTS, 3, 42).tobytes() == text.lexical(PRODUCTS, 3, 42).tobytes()


def test_fewer_texts_or_words_than_dimensions_are_padded_with_zeros() -> None:
    vectors = text.lexical(PRODUCTS, 50, 42)
    assert vectors.shape == (6, 50)
    assert not vectors[:, 5:].any()
    assert vectors[:5].any(axis=1).all()


@pytest.mark.parametrize("texts", [[""], ["", ""], ["kem"], ["kem", "son"], ["kem", "kem"], ["!!", "??"]])
def test_texts_with_nothing_in_common_are_no_error(texts: list[str]) -> None:
    vectors = text.lexical(texts, 4, 42)
    assert vectors.shape == (len(texts), 4)
    assert np.isfinite(vectors).all()


# ---- transformer ----


def test_the_vector_is_the_mean_over_the_tokens_of_the_text(roberta: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    vectors = encode(TEXTS, roberta, tmp_path / "cache.db")
    assert vectors.shape == (5, 16)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1] * 5)
    tokenizer, network = AutoTokenizer.from_pretrained(roberta), AutoModel.from_pretrained(roberta).eval()
    for one, vector in zip(TEXTS, vectors, strict=True):
        with torch.inference_mode():
            mean = network(**tokenizer(one, return_tensors="pt")).last_hidden_state[0].mean(dim=0).numpy()
        assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_the_second_call_encodes_nothing_and_gives_the_same_bytes(
    roberta: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "recsys.text")
    cache = tmp_path / "new" / "cache.db"
    first = encode(TEXTS, roberta, cache)
    monkeypatch.setattr(text, "load_transformer", None)  # the model is not even loaded
    assert encode(TEXTS, roberta, cache).tobytes() == first.tobytes()
    assert [record.getMessage() for record in caplog.records if record.name == "recsys.text"] == [
        "embed: 5 texts, 4 new",
        "embed: 5 texts, 0 new",
    ]


def test_results_do_not_depend_on_the_batch_nor_on_what_the_cache_knows(roberta: Path, tmp_path: Path) -> None:
    whole = encode(TEXTS, roberta, tmp_path / "whole.db", batch_size=5)
    for one in TEXTS:
        encode([one], roberta, tmp_path / "by_and_by.db")
    assert encode(TEXTS, roberta, tmp_path / "by_and_by.db").tobytes() == whole.tobytes()
    assert encode(TEXTS, roberta, tmp_path / "one.db", batch_size=1).tobytes() == whole.tobytes()


def test_another_model_revision_or_length_is_another_key(roberta: Path, tmp_path: Path) -> None:
    cache, other = tmp_path / "cache.db", make_roberta(tmp_path / "other", seed=1)

    def known() -> int:
        with sqlite3.connect(cache) as connection:
            count: int = connection.execute("SELECT count(*) FROM vectors").fetchone()[0]
        connection.close()
        return count

    first = encode(["kem"], roberta, cache)
    assert encode(["kem"], other, cache).tobytes() != first.tobytes()
    encode(["kem"], roberta, cache, max_length=8)
    text.transformer(["kem"], str(roberta), "v2", 2, 16, cache)
    assert known() == 4
    make_roberta(other, seed=2)  # new weights in the same folder
    encode(["kem"], other, cache)
    assert known() == 5


def test_a_text_that_is_too_long_is_cut(roberta: Path, tmp_path: Path) -> None:
    long, longer = (encode(["kem " * count], roberta, tmp_path / "cache.db", max_length=8) for count in (6, 500))
    assert longer == pytest.approx(long, abs=1e-6)


def test_a_max_length_that_the_model_cannot_take_is_a_config_error(roberta: Path, tmp_path: Path) -> None:
    with complains(ConfigError, "embed.max_length"):
        encode(["kem " * 500], roberta, tmp_path / "cache.db", max_length=POSITIONS + 9)


def test_an_empty_text_has_the_zero_vector(roberta: Path, tmp_path: Path) -> None:
    vectors = encode(["", "kem"], roberta, tmp_path / "cache.db")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([0, 1])


def test_a_torn_cache_is_no_traceback(roberta: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache.db"
    cache.write_bytes(b"this is no database, " * 100)
    try:
        assert encode(["kem"], roberta, cache).shape == (1, 16)  # it is rebuilt, or
    except UserError as error:
        assert str(cache) in str(error)  # the message says what to delete


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_a_folder_that_is_no_model_is_a_config_error(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "model").mkdir()
    if content:
        (tmp_path / "model" / "config.json").write_text(content)
    with complains(ConfigError, "embed.model", tmp_path / "model", "embed.encoder: lexical"):
        encode(["kem"], tmp_path / "model", tmp_path / "cache.db")


def test_weights_that_are_torn_are_a_config_error(tmp_path: Path) -> None:
    model = make_roberta(tmp_path / "model", seed=0)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with complains(ConfigError, "embed.model", model):
        encode(["kem"], model, tmp_path / "cache.db")


def test_a_hub_model_that_cannot_be_had_is_one_line_and_exit_2(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from recsys import text; from recsys.errors import door\n"
        "sys.exit(door(lambda: text.transformer(['kem'], 'nobody/no-such-model', 'main', 2, 16, Path(sys.argv[1]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "cache.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": ""},
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: params.yaml: embed.model: 'nobody/no-such-model' cannot be loaded")
    assert "embed.encoder: lexical" in line


# ---- the cache ----


def test_the_cache_gives_what_was_put_and_nothing_else(tmp_path: Path) -> None:
    vector = np.array([1.5, -2], np.float32)
    with text.VectorCache(tmp_path / "cache.db") as cache:
        cache.put({"a": vector})
        cache.put({"a": vector * 2, "b": vector})
    with text.VectorCache(tmp_path / "cache.db") as cache:
        assert {key: value.tolist() for key, value in cache.get(["a", "b", "c", "a"]).items()} == {
            "a": [3, -4],
            "b": [1.5, -2],
        }


def test_a_put_that_fails_keeps_none(tmp_path: Path) -> None:
    with text.VectorCache(tmp_path / "cache.db") as cache:
        with pytest.raises(AttributeError):
            cache.put({"a": np.ones(2, np.float32), "b": json})  # type: ignore[dict-item]
        assert cache.get(["a", "b"]) == {}
