"""A model folder as MLflow loads it, made once."""

from pathlib import Path

import pytest

from recsys.models import model_folder
from recsys.publishing import contents
from recsys.pyfunc import folder
from recsys.serving import release
from tests.recsys.serving import worlds


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `releases/<id>` and, made of it, `model`."""
    made = tmp_path_factory.mktemp("pyfunc #1")
    model_id = worlds.publish(made)
    found = release.load(made / "releases", model_id)
    folder.write(made / "model", found, folder.Names("m-1", "r1"), "# a card\n")
    return made


@pytest.fixture(scope="session")
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model whose release was never published."""
    made = tmp_path_factory.mktemp("memory")
    worlds.save_model(made / "models/als")
    saved = model_folder.load(made / "models/als")
    found = release.in_memory(*contents.contents(saved, worlds.sources(made)))
    folder.write(made / "model", found, folder.Names("m-2", "r2"), "# a card\n")
    return made / "model"
