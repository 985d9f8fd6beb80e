"""Parts of a text, what is cut of it, and where it is computed."""

import logging
from pathlib import Path

import numpy as np
import pytest

from recsys.pretrained import model_source
from recsys.program.errors import ConfigError
from recsys.texts import segmentation, transformer
from recsys.texts.lexical import SEPARATOR
from tests.recsys.pretrained.tiny_models import POSITIONS
from tests.recsys.texts.encoded import TEXTS, encode, make_settings
from tests.worlds import complains


def test_the_tokenizers_separator_stands_between_the_parts_that_say_something(
    roberta: Path,
) -> None:
    tokenizer = transformer.load_encoder(
        model_source.find(str(roberta), "main")
    ).tokenizer
    text = SEPARATOR.join(["kem", " ", "da khô"])
    assert transformer.join(text, tokenizer.sep_token, str) == "kem </s> da khô"
    assert transformer.join(text, "[SEP]", str) == "kem [SEP] da khô"
    assert transformer.join(text, None, str) == "kem da khô"
    assert tokenizer("kem </s> da khô")["input_ids"] == [2, 4, 3, 7, 8, 3]


def test_parts_are_segmented_one_by_one_and_the_separator_is_not() -> None:
    text = SEPARATOR.join(["kem dưỡng", "da khô"])
    assert (
        transformer.join(text, "</s>", lambda part: part.replace(" ", "_"))
        == "kem_dưỡng </s> da_khô"
    )


def test_a_text_of_nothing_but_separators_has_the_zero_vector(
    roberta: Path, tmp_path: Path
) -> None:
    vectors = encode(
        [SEPARATOR.join(["", " ", ""]), "kem"], roberta, tmp_path / "cache.db"
    )
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([0, 1])
    assert encode([], roberta, tmp_path / "cache.db").shape == (0, 1)


def test_segmented_texts_live_in_a_space_of_their_own(
    roberta: Path, tmp_path: Path
) -> None:
    pytest.importorskip(
        "underthesea",
        reason="word segmentation is an optional extra: pip install underthesea",
    )
    settings = make_settings(roberta, segmenter="underthesea")
    cut, space = transformer.transformer(TEXTS, settings, tmp_path / "cache.db")
    plain, plain_space = transformer.transformer(
        TEXTS, make_settings(roberta), tmp_path / "cache.db"
    )
    assert space == f"{plain_space}-{segmentation.segmenter_id('underthesea')}"
    assert (
        cut.tobytes() != plain.tobytes()
    )  # "da_dầu" is no word of the tiny vocabulary


def test_the_id_of_the_space_says_model_and_length_and_not_how_it_was_computed(
    roberta: Path,
) -> None:
    source = model_source.find(str(roberta), "main")
    first = transformer.encoder_id(source, make_settings(roberta))
    assert first == f"{roberta.name}@{source.mark}-16"
    assert first == transformer.encoder_id(
        source, make_settings(roberta, batch_size=9, device="auto")
    )


def test_texts_that_are_cut_are_counted_in_the_log(
    roberta: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "recsys.texts.transformer")
    encode(
        ["kem " * 6, "kem " * 7, "kem " * 90],
        roberta,
        tmp_path / "cache.db",
        max_length=8,
    )
    assert (
        "embed: 2 of 3 new texts are cut after 8 tokens (embed.max_length)"
        in caplog.messages
    )


def test_a_model_that_is_too_short_is_refused_before_a_long_text_comes(
    roberta: Path, tmp_path: Path
) -> None:
    with complains(
        ConfigError, "embed.max_length", f"does not take {POSITIONS} tokens"
    ):
        encode(
            ["kem"], roberta, tmp_path / "cache.db", max_length=POSITIONS
        )  # RoBERTa keeps a position to itself


def test_a_device_that_is_not_here_is_a_config_error() -> None:
    import torch

    absent = "mps" if torch.cuda.is_available() else "cuda"
    with complains(ConfigError, "embed.device", absent, "auto or cpu"):
        transformer.device_of(absent)
    assert transformer.device_of("cpu") == "cpu"
    assert transformer.device_of("auto") in {"cpu", "cuda", "mps"}


def test_another_device_is_another_key(
    roberta: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "recsys.texts.transformer")
    encode(["kem"], roberta, tmp_path / "cache.db")
    monkeypatch.setattr(
        transformer, "device_of", "{}:0".format
    )  # cpu:0, as an accelerator would have another name
    encode(["kem"], roberta, tmp_path / "cache.db")
    assert caplog.messages == ["embed: 1 texts, 1 new"] * 2
