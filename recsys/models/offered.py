"""Whether a folder has a model to offer, by its manifest; without the libraries of the models."""

from pathlib import Path

from recsys.files.atomic import read_json

MANIFEST = "manifest.json"


def is_offered(folder: Path) -> bool:
    """Whether the stage that wrote `folder` offers a model; the files are not checked.

    DataError that names the manifest if it is missing or torn.
    """
    content = read_json(folder / MANIFEST)
    return not isinstance(content, dict) or content.get("offered") is not False
