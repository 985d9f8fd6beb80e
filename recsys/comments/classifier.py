"""What a comment says, by a pretrained classifier: text in, 0 (against) to 1 (for) out.

The labels of the classifier's config (`id2label`) say what its outputs mean: NEG, NEU, POS (or
words that begin so) are 0, 0.5, 1; `1 star` to `5 stars` are 0 to 1 in quarters. The sentiment is
the mean of these under the classifier's probabilities.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from recsys.pretrained.batching import batches, filled_up
from recsys.pretrained.loading import NotLoadedError, PretrainedModel, load_pretrained
from recsys.program.errors import ConfigError, in_one_line

SENTIMENTS = {"neg": 0.0, "neu": 0.5, "pos": 1.0}  # by how a label begins
STARS = re.compile(r"([1-5])[ _-]?stars?|stars?[ _-]?([1-5])")


def value_of(label: str) -> float | None:
    """The sentiment that a label names, 0 to 1; None if it is neither a sentiment nor stars."""
    word = label.strip().lower()
    if stars := STARS.fullmatch(word):
        return (int(stars[1] or stars[2]) - 1) / 4
    return SENTIMENTS.get(word[:3])


def sentiment(
    texts: list[str], model: str, revision: str, batch_size: int, max_length: int
) -> np.ndarray:
    """Sentiment of each text, (texts,) float64 rounded to 5 digits. ConfigError if the model cannot
    do it.

    A text's batch has a shape that depends on the text alone (its length in steps of `STEP`, and
    always `batch_size` rows), so that its score does not depend on which other texts are new.
    """
    classify, tokenizer = load_classifier(model, revision, max_length)
    lengths = [
        len(tokenizer(text, truncation=True, max_length=max_length)["input_ids"])
        for text in texts
    ]
    sentiments = np.empty(len(texts))
    for batch, width in batches(lengths, batch_size, max_length):
        tokens = tokenizer(
            filled_up(texts, batch, batch_size),
            padding="max_length",
            truncation=True,
            max_length=width,
            return_tensors="pt",
        )
        try:
            sentiments[batch] = classify(tokens)[: len(batch)]
        except (IndexError, RuntimeError) as error:  # a position without an embedding
            raise _too_long(model, width, in_one_line(error, 200)) from None
    return np.round(sentiments, 5)


def load_classifier(
    model: str, revision: str, max_length: int
) -> tuple[Callable[..., np.ndarray], Callable[..., dict[str, Any]]]:
    """A function from tokens to sentiments (texts,), and the tokenizer. ConfigError names what to
    set.
    """
    import torch

    try:
        loaded = load_pretrained("classifier", model, revision)
    except NotLoadedError as error:
        raise _refusal(model, f"cannot be loaded ({error})") from None
    _check_fits(model, loaded, max_length)
    network = loaded.network
    values = torch.tensor(_values(model, network.config.id2label), dtype=torch.float64)

    def classify(tokens: dict[str, torch.Tensor]) -> np.ndarray:
        with torch.inference_mode():
            chances = torch.softmax(network(**tokens).logits.double(), dim=1)
            return np.asarray((chances @ values).numpy())

    return classify, loaded.tokenizer


def _check_fits(model: str, loaded: PretrainedModel, max_length: int) -> None:
    """ConfigError unless the model was trained to classify and takes `max_length` tokens."""
    if loaded.missing:
        raise _refusal(
            model, f"is no trained classifier: it has no {loaded.missing[0]}"
        )
    limit = getattr(loaded.network.config, "max_position_embeddings", max_length)
    if max_length > limit:
        raise _too_long(model, max_length, "its config says so")


def _values(model: str, labels: dict[int, str]) -> list[float]:
    """The sentiment that each output names, in order. ConfigError if a label is not known."""
    values = [value_of(labels[place]) for place in sorted(labels)]
    known = [value for value in values if value is not None]
    if len(known) < max(2, len(values)):
        names = ", ".join(labels.values())
        raise _refusal(
            model, f"has labels {names}, neither NEG, NEU, POS nor 1 star to 5 stars"
        )
    return known


def _refusal(model: str, reason: str) -> ConfigError:
    return ConfigError(
        f"params.yaml: process.quality.model: {model!r} {reason}; set it to a sentiment "
        f"classifier, a hub id that this machine reaches or a local folder, or set "
        f"process.quality.scorer: reviews"
    )


def _too_long(model: str, tokens: int, reason: str) -> ConfigError:
    return ConfigError(
        f"params.yaml: process.quality.max_length: {model!r} does not take {tokens} tokens "
        f"({reason}); set process.quality.max_length to what it takes, 128 as a rule"
    )
