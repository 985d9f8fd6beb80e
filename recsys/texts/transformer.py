"""A pretrained transformer as encoder: the mean of a text's token vectors (Reimers and Gurevych,
2019).

The parts of a text (name, description, feature) are joined by the tokenizer's own separator, after
word segmentation where asked for. How a model is loaded, and what is refused, stands in
recsys/pretrained/loading.py.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from recsys.pretrained import installed, model_source
from recsys.pretrained.batching import batches, filled_up, rows_in_batch
from recsys.pretrained.loading import (
    FilesMissingError,
    NotLoadedError,
    PretrainedModel,
    load_pretrained,
)
from recsys.pretrained.model_source import Source
from recsys.program.errors import ConfigError, in_one_line
from recsys.program.params import Section
from recsys.texts import segmentation
from recsys.texts.lexical import SEPARATOR, normalise
from recsys.texts.segmentation import load_segmenter, segmenter_id
from recsys.texts.vector_cache import VectorCache

log = logging.getLogger(__name__)

CACHE_VERSION = 4  # raise it when the same text and settings would give another vector
# in a batch: a CPU is hardly faster with more, and a batch of few texts is filled up with less
CPU_TOKENS = 1024
LIBRARIES = ("torch", "transformers", "tokenizers")


class TransformerParams(Section):
    """How a transformer encodes texts."""

    model: str = Field(min_length=1)  # a folder, pip:PACKAGE or a hub id
    # of a hub id: a commit, or a branch or tag, which moves
    revision: str = Field(min_length=1)
    batch_size: int = Field(ge=1)
    max_length: int = Field(ge=2)  # tokens of a text that are read
    device: Literal["auto", "cpu", "cuda", "mps"]
    segmenter: segmentation.Name


def transformer(
    texts: list[str], params: TransformerParams, cache: Path
) -> tuple[np.ndarray, str]:
    """Vectors (texts, dimension) float32 of length 1, and the encoder's id; only texts that are not
    in `cache` are encoded.

    A blank text has zeros. A text's vector does not depend on which other texts are new
    (recsys/pretrained/batching.py). ConfigError says what to set when the packages, the model, the
    segmenter or the device are not to be had, or `max_length` is too much.
    """
    installed.check("embed.encoder", "lexical")
    source = model_source.find(params.model, params.revision)
    device = device_of(params.device)
    encoder = encoder_id(source, params)
    keys = cache_keys(texts, encoder, params.batch_size, device)
    with VectorCache(cache) as store:
        known = store.get(keys)
        new = {
            key: text
            for key, text in zip(keys, texts, strict=True)
            if key not in known and parts_of(text)
        }
        log.info("embed: %d texts, %d new", len(texts), len(new))
        if new:
            for vectors in encode_new(new, source, params, device):
                store.put(vectors)
                known.update(vectors)
    return normalise(in_order_of(keys, known)), encoder


def encoder_id(source: Source, params: TransformerParams) -> str:
    """The name of the space: the model's state, the length at which texts are cut, and what cut the
    words.
    """
    parts = (source.id, str(params.max_length), segmenter_id(params.segmenter))
    return "-".join(part for part in parts if part)


def cache_keys(
    texts: list[str], encoder: str, batch_size: int, device: str
) -> list[str]:
    """The key of each text's vector: a hash of the text and of all that could change a bit."""
    libraries = "|".join(f"{name}-{metadata.version(name)}" for name in LIBRARIES)
    computed = f"{CACHE_VERSION}|{encoder}|{batch_size}|{device}|{libraries}"
    return [
        hashlib.sha256(f"{computed}\0{text}".encode()).hexdigest() for text in texts
    ]


def encode_new(
    texts: dict[str, str], source: Source, params: TransformerParams, device: str
) -> Iterator[dict[str, np.ndarray]]:
    """Vectors (hidden,) float32 of some texts by their keys, until all are done. ConfigError if the
    model is not to be had or does not take texts of `max_length` tokens.
    """
    model = load_encoder(source)
    _check_length(model, params)
    keys = list(texts)
    for batch, vectors in encode(list(texts.values()), model, params, device):
        yield dict(zip([keys[index] for index in batch], vectors, strict=True))


def in_order_of(keys: list[str], known: dict[str, np.ndarray]) -> np.ndarray:
    """The vectors of the keys, (keys, hidden) float32; zeros for a key that is not known."""
    if not keys:
        return np.zeros((0, 1), dtype=np.float32)
    some_vector = next(iter(known.values()), np.zeros(1, dtype=np.float32))
    zeros = np.zeros_like(some_vector)
    return np.stack([known.get(key, zeros) for key in keys])


def device_of(name: str) -> str:
    """Where the model runs; `auto` takes an accelerator if there is one. ConfigError if `name` is
    not here.
    """
    import torch

    here = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, is_here in here.items() if is_here)
    if not here[name]:
        raise ConfigError(
            f"params.yaml: embed.device: torch {torch.__version__} finds no {name} here; "
            f"set it to auto or cpu"
        )
    return name


def encode(
    texts: list[str], model: PretrainedModel, params: TransformerParams, device: str
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Indices of some texts and their vectors (texts, hidden) float32, until all are done; short
    texts first.
    """
    tokenizer = model.tokenizer
    mean_vectors = mean_of(model.network, device)
    segment = load_segmenter(params.segmenter)
    prepared = [join(text, tokenizer.sep_token, segment) for text in texts]
    budget = CPU_TOKENS if device == "cpu" else None
    lengths = token_counts(prepared, tokenizer, params.max_length)
    for batch, width in batches(lengths, params.batch_size, params.max_length, budget):
        rows = rows_in_batch(width, params.batch_size, budget)
        tokens = tokenizer(
            filled_up(prepared, batch, rows),
            padding="max_length",
            truncation=True,
            max_length=width,
            return_tensors="pt",
        )
        yield batch, mean_vectors(tokens)[: len(batch)]


def load_encoder(source: Source) -> PretrainedModel:
    """The model, from this disk if it is on it. ConfigError if it is not to be had."""
    try:
        try:
            return load_pretrained(
                "encoder", source.place, source.commit, from_disk=True
            )
        except FilesMissingError:
            if source.commit is None:
                raise
        # says at once that there is no hub, instead of many tries to download
        model_source.ask(source.place, source.commit)
        return load_pretrained("encoder", source.place, source.commit)
    except NotLoadedError as error:
        raise model_source.not_loaded(source.place, str(error)) from None


def _check_length(model: PretrainedModel, params: TransformerParams) -> None:
    """ConfigError unless the model takes a text of `max_length` tokens: one is tried, since configs
    do not say it.
    """
    import torch

    length, limit = params.max_length, int(model.tokenizer.model_max_length)
    reason = f"its tokenizer says {limit}"
    if length <= limit:
        longest = torch.full((1, length), model.tokenizer.unk_token_id or 0)
        try:
            with torch.inference_mode():
                model.network(input_ids=longest)
            return
        except (IndexError, RuntimeError) as error:  # a position without an embedding
            reason = in_one_line(error, 200)
    raise ConfigError(
        f"params.yaml: embed.max_length: {params.model!r} does not take {length} tokens "
        f"({reason}); lower it, or set another model"
    )


def mean_of(network: Any, device: str) -> Callable[[Any], np.ndarray]:
    """A function from tokens to the means of the last layer over the tokens of each text, (texts,
    hidden) float32.
    """
    import torch

    network.to(device)

    def mean_vectors(tokens: Any) -> np.ndarray:
        tokens = tokens.to(device)
        try:
            with torch.inference_mode():
                hidden = network(**tokens).last_hidden_state
                mask = tokens["attention_mask"].unsqueeze(-1)
                mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
                return np.asarray(mean.float().cpu().numpy())
        except torch.OutOfMemoryError:
            raise ConfigError(
                f"params.yaml: embed.batch_size: {device} has no memory for it; lower it, "
                f"or set embed.device: cpu"
            ) from None

    return mean_vectors


def join(text: str, separator: str | None, segment: Callable[[str], str]) -> str:
    """The parts of a text that say something, segmented, with the tokenizer's separator between
    them.
    """
    between = f" {separator} " if separator else " "
    return between.join(segment(part) for part in parts_of(text))


def parts_of(text: str) -> list[str]:
    """The parts of a text that are not blank, without spaces around them."""
    return [part.strip() for part in text.split(SEPARATOR) if part.strip()]


def token_counts(texts: list[str], tokenizer: Any, max_length: int) -> list[int]:
    """Tokens of each text, those that are cut counted as `max_length`; how many are cut goes to the
    log.
    """
    counts = [
        len(tokenizer(text, truncation=True, max_length=max_length + 1)["input_ids"])
        for text in texts
    ]
    if cut := sum(count > max_length for count in counts):
        log.info(
            "embed: %d of %d new texts are cut after %d tokens (embed.max_length)",
            cut,
            len(texts),
            max_length,
        )
    return [min(count, max_length) for count in counts]
