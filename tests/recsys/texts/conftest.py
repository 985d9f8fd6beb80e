"""A tiny model that the tests of texts share."""

from pathlib import Path

import pytest

from tests.recsys.pretrained.tiny_models import make_roberta


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A RoBERTa with two layers, 16 numbers a token, random weights and a vocabulary of words."""
    return make_roberta(tmp_path_factory.mktemp("model"), seed=0)
