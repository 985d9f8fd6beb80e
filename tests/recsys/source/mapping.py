"""Mappings and translations of tests."""

import io
from pathlib import Path
from typing import Any

from recsys.source.params import InteractionFiles, ProductFiles
from recsys.source.translate import Translated, translate

FORM = {"format": "csv", "encoding": "utf-8", "separator": ",", "header": []}


def interactions(name: str = "a.csv", **keys: Any) -> InteractionFiles:
    """A mapping of user, item, stars, when and note."""
    entry = {
        "files": [name],
        **FORM,
        "user": "user",
        "product": "item",
        "time": "when",
        "rating": "stars",
        "decimal_comma": False,
        "event": "",
        "weights": {},
        "text": ["note"],
        "product_name": "",
    }
    return InteractionFiles.model_validate(entry | keys)


def products(name: str = "p.csv", **keys: Any) -> ProductFiles:
    """A mapping of id, title and words."""
    entry = {
        "files": [name],
        **FORM,
        "product": "id",
        "name": "title",
        "brand": "",
        "type": "",
        "price": "",
        "texts": ["words"],
    }
    return ProductFiles.model_validate(entry | keys)


def translated(
    folder: Path, content: bytes, params: InteractionFiles | ProductFiles
) -> tuple[str, Translated]:
    """What a file of these bytes becomes."""
    path = folder / params.files[0]
    path.write_bytes(content)
    out = io.BytesIO()
    done = translate(path, path.name, params, out)
    return out.getvalue().decode(), done
