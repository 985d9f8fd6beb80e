"""The sentiment of a classifier is the mean of what its labels say; a model that cannot do it is a
ConfigError.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.comments import classifier as sentiment_model
from recsys.comments import quality
from recsys.program.errors import ConfigError
from tests.recsys.comments.worlds import make
from tests.recsys.pretrained.tiny_models import (
    POSITIONS,
    make_classifier,
    pickle_weights,
)
from tests.worlds import complains

SENTIMENTS = ("NEG", "POS", "NEU")
TEXTS = ["kem dưỡng ẩm tốt", "son tệ", "kem", "da dầu da khô " * 6, "môi đỏ " * 12]


@pytest.fixture(scope="module", autouse=True)
def offline() -> None:
    """Only local folders are loaded here; nothing may ask the hub, which is unreachable or slow in
    a test.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_classifier(tmp_path_factory.mktemp("model"), SENTIMENTS)


def read(
    texts: list[str], model: Path | str, batch_size: int = 2, max_length: int = 48
) -> np.ndarray:
    return sentiment_model.sentiment(texts, str(model), "main", batch_size, max_length)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("NEG", 0),
        ("neutral", 0.5),
        ("Positive", 1),
        ("1 star", 0),
        ("4 stars", 0.75),
        ("star_5", 1),
        ("LABEL_0", None),
        ("6 stars", None),
        ("joy", None),
    ],
)
def test_what_a_label_says(label: str, value: float | None) -> None:
    assert sentiment_model.value_of(label) == value


def test_the_sentiment_is_the_mean_of_the_labels_values(classifier: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    found = read(TEXTS, classifier)
    tokenizer = AutoTokenizer.from_pretrained(classifier)
    network = AutoModelForSequenceClassification.from_pretrained(classifier).eval()
    for text, value in zip(TEXTS, found, strict=True):
        with torch.inference_mode():
            _, positive, neutral = torch.softmax(
                network(**tokenizer(text, return_tensors="pt")).logits[0], 0
            )
        assert value == pytest.approx(float(positive + 0.5 * neutral), abs=2e-5)
    assert np.ptp(found) > 0.1


def test_stars_are_quarters(tmp_path: Path) -> None:
    stars = make_classifier(
        tmp_path / "stars", tuple(f"{count} stars" for count in (5, 4, 3, 2, 1))
    )
    turned = make_classifier(
        tmp_path / "turned", tuple(f"{count} stars" for count in (1, 2, 3, 4, 5))
    )
    assert read(TEXTS, stars) == pytest.approx(1 - read(TEXTS, turned), abs=2e-5)


def test_a_text_reads_the_same_in_any_company(classifier: Path) -> None:
    whole = read(TEXTS, classifier)
    assert whole.tolist() == [read([text], classifier)[0] for text in TEXTS]
    assert whole.tolist() == read(TEXTS[::-1], classifier)[::-1].tolist()


def test_quality_by_a_transformer_is_cached_and_known_texts_load_no_model(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = make(scorer="transformer", model=str(classifier), max_length=48)
    ratings, raw = np.full(len(TEXTS) + 1, 5.0), np.ones(len(TEXTS) + 1, dtype=bool)
    clean = quality.score([*TEXTS, ""], ratings, raw, params, None)
    cache = tmp_path / "quality.bin"
    quality.score([*TEXTS[:2], ""], ratings[:3], raw[:3], params, cache)
    assert (
        quality.score([*TEXTS, ""], ratings, raw, params, cache).tobytes()
        == clean.tobytes()
    )
    monkeypatch.setattr(sentiment_model, "load_classifier", None)
    assert (
        quality.score([*TEXTS, ""], ratings, raw, params, cache).tobytes()
        == clean.tobytes()
    )
    assert clean[-1] == 0.5
    assert ((clean >= 0) & (clean <= 1)).all()


def test_new_weights_in_the_same_folder_are_another_scorer(tmp_path: Path) -> None:
    model, cache = (
        make_classifier(tmp_path / "model", SENTIMENTS),
        tmp_path / "quality.bin",
    )
    params = make(scorer="transformer", model=str(model), max_length=48)
    rows = (TEXTS, np.full(len(TEXTS), 5.0), np.ones(len(TEXTS), dtype=bool), params)
    first = quality.score(*rows, cache)
    make_classifier(model, SENTIMENTS, seed=1)
    second = quality.score(*rows, cache)
    assert second.tobytes() == quality.score(*rows, None).tobytes()
    assert second.tobytes() != first.tobytes()


def test_labels_that_say_nothing_are_refused(tmp_path: Path) -> None:
    model = make_classifier(tmp_path / "model", ("LABEL_0", "LABEL_1"))
    with complains(
        ConfigError,
        "process.quality.model",
        model,
        "LABEL_0, LABEL_1",
        "process.quality.scorer: reviews",
    ):
        read(TEXTS, model)


def test_a_model_without_a_trained_head_is_refused(tmp_path: Path) -> None:
    model = make_classifier(tmp_path / "model", SENTIMENTS, head=False)
    with complains(
        ConfigError, "process.quality.model", "no trained classifier", "classifier."
    ):
        read(TEXTS, model)


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_a_folder_that_is_no_model_is_refused(
    tmp_path: Path, content: str | None
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    if content:
        (model / "config.json").write_text(content)
    with complains(
        ConfigError, "process.quality.model", model, "process.quality.scorer: reviews"
    ):
        read(TEXTS, model)


def test_torn_weights_are_refused(tmp_path: Path) -> None:
    model = make_classifier(tmp_path / "model", SENTIMENTS)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with complains(ConfigError, "process.quality.model", model):
        read(TEXTS, model)


@pytest.mark.parametrize(
    "tokens", [POSITIONS, POSITIONS + 9]
)  # a RoBERTa takes one less than it has positions
def test_more_tokens_than_the_model_takes_are_refused(
    classifier: Path, tokens: int
) -> None:
    assert read(["kem " * 500], classifier).shape == (1,)
    with complains(ConfigError, "process.quality.max_length", tokens):
        read(["kem " * 500], classifier, max_length=tokens)


def test_a_hub_model_that_cannot_be_had_is_one_line_and_exit_2(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from recsys.comments.classifier import sentiment\n"
        "from recsys.program.command_line import exit_code_of\n"
        "sys.exit(exit_code_of(lambda: sentiment(['kem'], 'nobody/no-such-model', 'main', 2, 16)))"
    )
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "error: params.yaml: process.quality.model: 'nobody/no-such-model' cannot be loaded"
    )


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    model = make_classifier(tmp_path / "model", SENTIMENTS)
    pickle_weights(model)
    with complains(
        ConfigError,
        "process.quality.model",
        model,
        "pickles are not read",
        "process.quality.scorer: reviews",
    ):
        read(TEXTS, model)
