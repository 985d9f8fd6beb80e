"""Encoders: product texts to vectors, shape (texts, dimension) float32, rows of length 1 (0 for an empty text)."""

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from recsys.errors import ConfigError
from recsys.pretrained import batches, filled, in_one_line, weights_mark

log = logging.getLogger(__name__)

SEPARATOR = " [SEP] "
CACHE_VERSION = 2  # raise it when the same text and settings would give another vector


def lexical(texts: list[str], dimension: int, seed: int) -> np.ndarray:
    """TF-IDF of words and word pairs, then truncated SVD (latent semantic analysis, Deerwester et al., 1990).

    The width is `dimension`, or less where there are fewer texts or words. A text without a known word is all zeros.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        weights = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern, no password
            dtype=np.float64,
        ).fit_transform(text.replace(SEPARATOR, "\n") for text in texts)
    except ValueError:  # no word stands in two texts
        return np.zeros((len(texts), dimension), dtype=np.float32)
    width = min(dimension, *(side - 1 for side in weights.shape))
    if width < 1:
        return np.zeros((len(texts), dimension), dtype=np.float32)
    vectors = TruncatedSVD(width, random_state=seed).fit_transform(weights)
    vectors[np.diff(weights.indptr) == 0] = 0  # no known word: nothing, and not the noise of the decomposition
    return normalise(np.pad(np.asarray(vectors), ((0, 0), (0, dimension - width))))


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit.astype(np.float32)


def transformer(
    texts: list[str], model: str, revision: str, batch_size: int, max_length: int, cache: Path
) -> np.ndarray:
    """Mean of a pretrained model's token vectors; only texts that are not in `cache` are encoded. "" is all zeros.

    A text's vector does not depend on which other texts are new (recsys/pretrained.py). ConfigError says what to set
    when the model is neither a folder nor to be had, or does not take `max_length` tokens.
    """
    encoder = f"{CACHE_VERSION}|{model}|{revision}|{batch_size}|{max_length}|{weights_mark(model)}"
    keys = [hashlib.sha256(f"{encoder}\0{text}".encode()).hexdigest() for text in texts]
    with VectorCache(cache) as store:
        known = store.get(keys)
        todo = {key: text for key, text in zip(keys, texts, strict=True) if key not in known and text.strip()}
        log.info("embed: %d texts, %d new", len(texts), len(todo))
        if todo:
            names = list(todo)
            for batch, vectors in encode(list(todo.values()), model, revision, batch_size, max_length):
                fresh = dict(zip([names[one] for one in batch], vectors, strict=True))
                store.put(fresh)
                known.update(fresh)
    if not known:
        return np.zeros((len(texts), 1), dtype=np.float32)
    nothing = np.zeros_like(next(iter(known.values())))
    return normalise(np.stack([known.get(key, nothing) for key in keys]))


def encode(
    texts: list[str], model: str, revision: str, batch_size: int, max_length: int
) -> Iterator[tuple[list[int], np.ndarray]]:
    """Indices of some texts and their vectors (texts, hidden) float32, until all are done."""
    network, tokenizer = load_transformer(model, revision, max_length)
    lengths = [len(tokenizer(text, truncation=True, max_length=max_length)["input_ids"]) for text in texts]
    for batch, width in batches(lengths, batch_size, max_length):
        padded = filled(texts, batch, batch_size)
        tokens = tokenizer(padded, padding="max_length", truncation=True, max_length=width, return_tensors="pt")
        try:
            yield batch, network(tokens)[: len(batch)]
        except (IndexError, RuntimeError) as error:  # a position that the model has no embedding for
            raise _too_long(model, width, in_one_line(error)) from None


def load_transformer(
    model: str, revision: str, max_length: int
) -> tuple[Callable[[Any], np.ndarray], Callable[..., Any]]:
    """A function from tokens to mean vectors, and the tokenizer. ConfigError if the model cannot be loaded."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(model, revision=revision)
        loaded = AutoModel.from_pretrained(model, revision=revision).eval()
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError) as error:
        raise ConfigError(
            f"params.yaml: embed.model: {model!r} cannot be loaded ({in_one_line(error)}); set it to a hub id that "
            f"this machine reaches or to a local folder, or set embed.encoder: lexical"
        ) from None
    if max_length > getattr(loaded.config, "max_position_embeddings", max_length):
        raise _too_long(model, max_length, "its config says so")

    def mean_vectors(tokens: Any) -> np.ndarray:
        with torch.inference_mode():
            hidden = loaded(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            return np.asarray(((hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)).float().numpy())

    return mean_vectors, tokenizer


def _too_long(model: str, tokens: int, reason: str) -> ConfigError:
    return ConfigError(
        f"params.yaml: embed.max_length: {model!r} does not take {tokens} tokens ({reason}); lower it, or set "
        f"another model"
    )


class VectorCache:
    """Vectors by key in an SQLite file. Deleting it changes speed, never results."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError:
            log.warning("%s: torn; it is made anew", path)
            path.unlink()
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=20)
        try:
            database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("torn")
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def __enter__(self) -> "VectorCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def get(self, keys: list[str]) -> dict[str, np.ndarray]:
        """What is known of `keys`."""
        known = {}
        for key in set(keys):
            row = self._db.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if row:
                known[key] = np.frombuffer(row[0], dtype="<f4")
        return known

    def put(self, vectors: dict[str, np.ndarray]) -> None:
        """Keep vectors, all or none of them."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()],
            )
