"""What a comment says, by a pretrained classifier: text in, 0 (against) to 1 (for) out.

The labels of the classifier's config (`id2label`) say what its outputs mean: NEG, NEU, POS (or
words that begin so) are 0, 0.5, 1; `1 star` to `5 stars` are 0 to 1 in quarters. The sentiment is
the mean of these under the classifier's probabilities.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from recsys.pretrained.batching import batches, filled, in_one_line
from recsys.program.errors import ConfigError

log = logging.getLogger(__name__)

KINDS = {"neg": 0.0, "neu": 0.5, "pos": 1.0}


def value_of(label: str) -> float | None:
    """What a label says, 0 to 1; None if it is neither a sentiment nor stars."""
    word = label.strip().lower()
    if stars := re.fullmatch(r"([1-5])[ _-]?stars?|stars?[ _-]?([1-5])", word):
        return (int(stars[1] or stars[2]) - 1) / 4
    return KINDS.get(word[:3])


def sentiment(
    texts: list[str], model: str, revision: str, batch_size: int, max_length: int
) -> np.ndarray:
    """Sentiment of each text, (texts,) float64 rounded to 5 digits. ConfigError if the model cannot
    do it.

    A text's batch has a shape that depends on the text alone (its length in steps of `STEP`, and
    always `batch_size` rows), so that its score does not depend on which other texts are new.
    """
    classify, tokenizer = load_classifier(model, revision, max_length)
    tokens = [
        tokenizer(text, truncation=True, max_length=max_length)["input_ids"] for text in texts
    ]
    found = np.empty(len(texts))
    for batch, width in batches([len(one) for one in tokens], batch_size, max_length):
        padded = filled(texts, batch, batch_size)
        inputs = tokenizer(
            padded, padding="max_length", truncation=True, max_length=width, return_tensors="pt"
        )
        try:
            found[batch] = classify(inputs)[: len(batch)]
        except (
            IndexError,
            RuntimeError,
        ) as error:  # a position that the model has no embedding for
            raise _too_long(model, width, in_one_line(error)) from None
    return np.round(found, 5)


def load_classifier(
    model: str, revision: str, max_length: int
) -> tuple[Callable[..., np.ndarray], Callable[..., dict[str, Any]]]:
    """A function from tokens to sentiments (texts,), and the tokenizer. ConfigError names what to
    set.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(model, revision=revision)
        network, report = AutoModelForSequenceClassification.from_pretrained(
            model, revision=revision, output_loading_info=True
        )
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError) as error:
        raise _refusal(model, f"cannot be loaded ({in_one_line(error)})") from None
    if report["missing_keys"]:
        raise _refusal(model, f"is no trained classifier: it has no {min(report['missing_keys'])}")
    if max_length > getattr(network.config, "max_position_embeddings", max_length):
        raise _too_long(model, max_length, "its config says so")
    values = torch.tensor(_values(model, network.config.id2label), dtype=torch.float64)
    network.eval()

    def classify(inputs: dict[str, torch.Tensor]) -> np.ndarray:
        with torch.inference_mode():
            chances = torch.softmax(network(**inputs).logits.double(), dim=1)
            return np.asarray((chances @ values).numpy())

    return classify, tokenizer


def _values(model: str, labels: dict[int, str]) -> list[float]:
    """What each output means, in order. ConfigError if a label is not known."""
    values = [value_of(labels[place]) for place in sorted(labels)]
    known = [value for value in values if value is not None]
    if len(known) < max(2, len(values)):
        raise _refusal(
            model,
            f"has labels {', '.join(labels.values())}, neither NEG, NEU, POS nor 1 star to 5 stars",
        )
    return known


def _refusal(model: str, reason: str) -> ConfigError:
    return ConfigError(
        f"params.yaml: process.quality.model: {model!r} {reason}; set it to a sentiment classifier, a hub id that "
        f"this machine reaches or a local folder, or set process.quality.scorer: reviews"
    )


def _too_long(model: str, tokens: int, reason: str) -> ConfigError:
    return ConfigError(
        f"params.yaml: process.quality.max_length: {model!r} does not take {tokens} tokens ({reason}); "
        f"set process.quality.max_length to what it takes, 128 as a rule"
    )
