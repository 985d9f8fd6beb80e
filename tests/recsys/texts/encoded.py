"""Texts that a transformer encodes on a CPU."""

from pathlib import Path
from typing import Any

import numpy as np

from recsys.texts import transformer


def make_settings(
    model: Path | str, batch_size: int = 2, max_length: int = 16, **changes: Any
) -> transformer.TransformerParams:
    others = {"revision": "main", "device": "cpu", "segmenter": "none", **changes}
    return transformer.TransformerParams(
        model=str(model), batch_size=batch_size, max_length=max_length, **others
    )


def encode(
    texts: list[str], model: Path | str, cache: Path, **changes: Any
) -> np.ndarray:
    return transformer.transformer(texts, make_settings(model, **changes), cache)[0]


TEXTS = [
    "kem dưỡng ẩm",
    "son môi đỏ",
    "kem",
    "da dầu da khô kem dưỡng ẩm son môi",
    "kem dưỡng ẩm",
]
