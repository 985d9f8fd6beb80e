"""Whether the words of docs/glossary.md are the words of the code: one word a thing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bench.house import figures

PAGE = Path("docs/glossary.md")
SERVED = ("recsys", "stages", "ops", "runner")
OTHER_WORDS = {  # what the field also says, and our word for it
    "uid": "user_id",
    "iid": "product_id",
    "sku": "product_id",
    "user_idx": "user_index",
    "item_idx": "item_index",
    "product_index": "item_index",
    "n_users": "users",
    "n_items": "items",
    "num_users": "users",
    "num_items": "items",
    "n_factors": "factors",
    "num_factors": "factors",
    "latent": "factors",
    "latent_factors": "factors",
    "user_embeddings": "user_factors",
    "item_embeddings": "item_factors",
    "user_vectors": "user_factors",
    "relevance": "confidence",
    "hitrate": "hit_rate",
    "recall_10": "recall_at_10",
    "ndcg_10": "ndcg_at_10",
    "recall_k": "recall_at_k",
    "rejected_rows": "quarantine",
    "candidate_model": "challenger",
    "production_model": "champion",
    "baseline_window": "reference",
}


def terms(root: Path) -> list[str]:
    """The terms that the glossary defines: the first cell of each row, cut at commas."""
    lines = (root / PAGE).read_text(encoding="utf-8").splitlines()
    cells = [line.split("|")[1] for line in lines if line.startswith("| ")]
    words = [word.strip(" `*") for cell in cells[1:] for word in cell.split(",")]
    return [word for word in words if word]


def uses_of(root: Path, term: str) -> list[str]:
    """Files that say a term: code, params.yaml and pages, but not the glossary itself."""
    words = r"[ _-]".join(map(re.escape, re.split(r"[ _-]", term)))
    pattern = re.compile(rf"(?<![a-z]){words}s?(?![a-z])", re.IGNORECASE)
    return [place for place, text in _texts(root) if pattern.search(text)]


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    for module in figures.modules(root, *SERVED):
        yield str(module.path.relative_to(root)), module.text
    pages = [path for path in sorted(root.glob("docs/*.md")) if path.name != PAGE.name]
    for path in (root / "params.yaml", root / "README.md", *pages):
        yield str(path.relative_to(root)), path.read_text(encoding="utf-8")


def other_words(root: Path) -> list[str]:
    """Names in the code that say another word than the glossary's."""
    messages = []
    for module in figures.modules(root, *SERVED):
        for name, line in _names(module.tree):
            if ours := OTHER_WORDS.get(name.lower()):
                place = f"{module.path.relative_to(root)}:{line}"
                messages.append(f"{place}: {name}; the glossary's word is {ours}")
    return messages


def _names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that code gives, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
