"""Tiny models, and their folders."""

import json
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.files.atomic import read_json, sha256_of
from recsys.models import factors, manifest, model_folder
from recsys.models.fold_in import FoldIn

CURVE = [{"iteration": 1.0, "loss": 0.5}]


def model(shift: float = 0) -> factors.Factors:
    users, items = (
        np.array([[1, 2], [3, 4 + shift]]),
        np.array([[1, 0], [0, 1], [1, 1]]),
    )
    return factors.Factors(
        ["007", "7"],
        ["NA", "đ", "z"],
        users.astype(np.float32),
        items.astype(np.float32),
    )


def save(folder: Path, shift: float = 0, **params: object) -> str:
    return model_folder.save(
        model(shift), CURVE, "als", params, {"X.npz": "ab"}, folder
    )


def seen(rows: list[list[float]]) -> csr_matrix:
    return csr_matrix(np.array(rows, np.float32))


def like(rows: list[list[float]], rule: FoldIn | None = None) -> factors.Factors:
    items = np.array(rows, np.float32)
    return factors.Factors(
        [], [f"p{item}" for item in range(len(rows))], items[:0], items, rule
    )


RULE = {"rule": "pairwise", "learning_rate": 0.1, "regularization": 0.1, "epochs": 3}


def with_manifest(folder: Path, **changes: object) -> None:
    """The saved model's manifest with these keys, and with the hash that its factors have now."""
    content = {**read_json(folder / "manifest.json"), **changes}
    content["sha256"] = {name: sha256_of(folder / name) for name in manifest.FILES[:2]}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
