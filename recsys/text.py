"""Encoders: product texts to vectors, shape (texts, dimension) float32, rows of length 1 (0 for an empty text)."""

import hashlib
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recsys.errors import ConfigError

log = logging.getLogger(__name__)

SEPARATOR = " [SEP] "
CACHE_VERSION = 1  # raise it when the same text and settings would give another vector


def lexical(texts: list[str], dimension: int, seed: int) -> np.ndarray:
    """TF-IDF of words and word pairs, then truncated SVD (latent semantic analysis, Deerwester et al., 1990).

    The width is `dimension`, or less where there are fewer texts or words. ValueError-free: no words, zeros.
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
        ).fit_transform(texts)
    except ValueError:  # no word stands in two texts
        return np.zeros((len(texts), dimension), dtype=np.float32)
    width = min(dimension, *(side - 1 for side in weights.shape))
    if width < 1:
        return np.zeros((len(texts), dimension), dtype=np.float32)
    vectors = TruncatedSVD(width, random_state=seed).fit_transform(weights)
    return normalise(np.pad(np.asarray(vectors), ((0, 0), (0, dimension - width))))


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return unit.astype(np.float32)


def transformer(
    texts: list[str], model: str, revision: str, batch_size: int, max_length: int, cache: Path
) -> np.ndarray:
    """Mean of a pretrained model's token vectors; only texts that are not in `cache` are encoded.

    ConfigError says what to set when the model is neither a folder nor to be had.
    """
    encoder = f"{CACHE_VERSION}|{model}|{revision}|{max_length}|{_weights_mark(model)}"
    keys = [hashlib.sha256(f"{encoder}\0{text}".encode()).hexdigest() for text in texts]
    with VectorCache(cache) as store:
        known = store.get(keys)
        todo = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        log.info("embed: %d texts, %d new", len(texts), len(todo))
        if todo:
            encode = load_transformer(model, revision, max_length)
            ordered = sorted(todo, key=lambda key: (len(todo[key]), key))
            for start in range(0, len(ordered), batch_size):
                batch = ordered[start : start + batch_size]
                fresh = dict(zip(batch, encode([todo[key] for key in batch]), strict=True))
                store.put(fresh)
                known.update(fresh)
    return normalise(np.stack([known[key] for key in keys]))


def _weights_mark(model: str) -> str:
    """Sizes and times of a local model's files: new weights are another encoder. Empty for a hub id."""
    folder = Path(model)
    if not folder.is_dir():
        return ""
    return ",".join(f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in sorted(folder.iterdir()))


def load_transformer(model: str, revision: str, max_length: int) -> Callable[[list[str]], np.ndarray]:
    """A function from texts to vectors (texts, hidden) float32. ConfigError if the model cannot be loaded."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(model, revision=revision)
        network = AutoModel.from_pretrained(model, revision=revision).eval()
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"params.yaml: embed.model: {model!r} cannot be loaded ({reason}); set it to a hub id that this "
            f"machine reaches or to a local folder, or set embed.encoder: lexical"
        ) from None

    def encode(texts: list[str]) -> np.ndarray:
        with torch.inference_mode():
            tokens = tokenizer(texts, padding=True, truncation=True, max_length=max_length, return_tensors="pt")
            hidden = network(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
        return np.asarray(mean.float().numpy())

    return encode


class VectorCache:
    """Vectors by key in an SQLite file. Deleting it changes speed, never results."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=20)
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")

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
