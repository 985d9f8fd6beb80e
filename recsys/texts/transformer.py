"""A pretrained transformer as encoder: the mean of a text's token vectors (Reimers and Gurevych,
2019).

Weights are read from safetensors only, never from pickles, and no code that comes with a model is
run. The parts of a text (name, description, feature) are joined by the tokenizer's own separator,
after word segmentation where asked for.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recsys.pretrained import model_source
from recsys.pretrained.batching import batches, filled, in_one_line, rows_of
from recsys.program.errors import ConfigError
from recsys.texts.lexical import SEPARATOR, normalise
from recsys.texts.segmentation import Name, load_segmenter, segmenter_id
from recsys.texts.vector_cache import VectorCache

log = logging.getLogger(__name__)

CACHE_VERSION = 4  # raise it when the same text and settings would give another vector
# in a batch: a CPU is hardly faster with more, and a batch of few texts is filled up with less
CPU_TOKENS = 1024
LIBRARIES = ("torch", "transformers", "tokenizers")


@dataclass(frozen=True)
class Settings:
    """How texts are encoded; the keys of params.yaml's `embed`."""

    model: str  # a folder, pip:PACKAGE or a hub id
    revision: str  # of a hub id: a commit, or a branch or tag, which moves
    batch_size: int
    max_length: int  # tokens of a text that are read
    device: Literal["auto", "cpu", "cuda", "mps"]
    segmenter: Name


def transformer(texts: list[str], settings: Settings, cache: Path) -> tuple[np.ndarray, str]:
    """Vectors (texts, dimension) float32 of length 1, and the id of the space; only texts not in
    `cache` are encoded.

    "" is all zeros. A text's vector does not depend on which other texts are new
    (recsys/pretrained/batching.py). ConfigError says what to set when the model, the segmenter or
    the device is not to be had, or `max_length` is too much.
    """
    source, device = (
        model_source.find(settings.model, settings.revision),
        device_of(settings.device),
    )
    encoder = encoder_id(source, settings)
    libraries = "|".join(f"{name}-{metadata.version(name)}" for name in LIBRARIES)
    computed = f"{CACHE_VERSION}|{encoder}|{settings.batch_size}|{device}|{libraries}"
    keys = [hashlib.sha256(f"{computed}\0{text}".encode()).hexdigest() for text in texts]
    with VectorCache(cache) as store:
        known = store.get(keys)
        todo = {
            key: text
            for key, text in zip(keys, texts, strict=True)
            if key not in known and _parts(text)
        }
        log.info("embed: %d texts, %d new", len(texts), len(todo))
        if todo:
            names = list(todo)
            network, tokenizer = load_model(source)
            _check_length(network, tokenizer, settings)
            for batch, vectors in encode(list(todo.values()), network, tokenizer, settings, device):
                fresh = dict(zip([names[one] for one in batch], vectors, strict=True))
                store.put(fresh)
                known.update(fresh)
    nothing = np.zeros_like(next(iter(known.values()), np.zeros(1, dtype=np.float32)))
    placed = [known.get(key, nothing) for key in keys]
    return normalise(np.stack(placed)) if placed else np.zeros((0, 1), dtype=np.float32), encoder


def encoder_id(source: model_source.Source, settings: Settings) -> str:
    """Names the space: the model's state, the length at which texts are cut, and what cut the
    words.
    """
    parts = (source.id, str(settings.max_length), segmenter_id(settings.segmenter))
    return "-".join(part for part in parts if part)


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
            f"params.yaml: embed.device: torch {torch.__version__} finds no {name} here; set it to auto or cpu"
        )
    return name


def encode(
    texts: list[str], network: Any, tokenizer: Any, settings: Settings, device: str
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Indices of some texts and their vectors (texts, hidden) float32, until all are done; short
    texts first.
    """
    mean_vectors = mean_of(network, device)
    segment = load_segmenter(settings.segmenter)
    prepared = [join(text, tokenizer.sep_token, segment) for text in texts]
    budget = CPU_TOKENS if device == "cpu" else None
    lengths = token_counts(prepared, tokenizer, settings.max_length)
    for batch, width in batches(lengths, settings.batch_size, settings.max_length, budget):
        padded = filled(prepared, batch, rows_of(width, settings.batch_size, budget))
        tokens = tokenizer(
            padded, padding="max_length", truncation=True, max_length=width, return_tensors="pt"
        )
        yield batch, mean_vectors(tokens)[: len(batch)]


def load_model(source: model_source.Source) -> tuple[Any, Any]:
    """The network and its tokenizer, from this disk if they are on it. ConfigError if they are not
    to be had.
    """
    try:
        return _load(source, from_disk=True)
    except OSError as error:
        if source.commit is None:
            raise _not_loaded(source, error) from None
    model_source.ask(
        source.place, source.commit
    )  # says at once that there is no hub, instead of many tries to download
    try:
        return _load(source, from_disk=False)
    except OSError as error:
        raise _not_loaded(source, error) from None


def _load(source: model_source.Source, from_disk: bool) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging as library_log

    library_log.disable_progress_bar()  # a bar for a second of loading is noise in a log
    where = {"revision": source.commit, "local_files_only": from_disk, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.place, **where)
        return AutoModel.from_pretrained(
            source.place, use_safetensors=True, **where
        ).eval(), tokenizer
    except (
        ValueError,
        ImportError,
        KeyError,
        RuntimeError,
        TypeError,
        AttributeError,
        SafetensorError,
    ) as error:
        raise _not_loaded(source, error) from None


def _not_loaded(source: model_source.Source, error: Exception) -> ConfigError:
    reason = in_one_line(error)
    if model_source.WEIGHTS in reason:
        reason = f"no {model_source.WEIGHTS}: weights in pickles are not read; save the model with save_pretrained to a folder"
    return model_source.not_loaded(source.place, reason)


def _check_length(network: Any, tokenizer: Any, settings: Settings) -> None:
    """ConfigError unless the model takes a text of `max_length` tokens: one is tried, since configs
    do not say it.
    """
    import torch

    length, limit = settings.max_length, int(tokenizer.model_max_length)
    reason = f"its tokenizer says {limit}"
    if length <= limit:
        try:
            with torch.inference_mode():
                network(input_ids=torch.full((1, length), tokenizer.unk_token_id or 0))
            return
        except (
            IndexError,
            RuntimeError,
        ) as error:  # a position that the model has no embedding for
            reason = in_one_line(error)
    raise ConfigError(
        f"params.yaml: embed.max_length: {settings.model!r} does not take {length} tokens ({reason}); lower it, or "
        f"set another model"
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
                f"params.yaml: embed.batch_size: {device} has no memory for it; lower it, or set embed.device: cpu"
            ) from None

    return mean_vectors


def join(text: str, separator: str | None, segment: Callable[[str], str]) -> str:
    """The parts of a text that say something, segmented, with the tokenizer's separator between
    them.
    """
    between = f" {separator} " if separator else " "
    return between.join(segment(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
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
