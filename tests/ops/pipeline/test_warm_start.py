"""The ids go into params.yaml and nothing else of it changes; a training that fails leaves it."""

import json
from pathlib import Path

import pytest

from ops.pipeline import warm_start
from recsys.program.errors import ConfigError, DataError
from tests.worlds import complains

TEXT = """\
# mine
train_als:
  factors: 8
  warm_start: "off"       # begin there
train_bpr: {warm_start: off, seed: 1}
"""
WARM = TEXT.replace('"off"       #', "als-0123456789ab #").replace(
    "{warm_start: off", "{warm_start: bpr-ba9876543210"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(TEXT)
    for model_id in ("als-0123456789ab", "bpr-ba9876543210"):
        folder = tmp_path / "models" / model_id[:3]
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"model_id": model_id}))
    return tmp_path


def trained(
    root: Path, code: int, targets: list[str], flags: list[str]
) -> tuple[int, str, list[str]]:
    """The exit code, params.yaml as the training saw it, and what was said."""
    seen: list[str] = []
    said: list[str] = []

    def train() -> int:
        seen.append((root / "params.yaml").read_text())
        return code

    found = warm_start.around(train, root, targets, flags, said.append)
    return found, seen[0], said


def test_both_begin_at_the_models_made_last_and_it_stays_so(root: Path) -> None:
    code, seen, said = trained(root, 0, ["evaluate"], [])
    assert (code, seen) == (0, WARM)
    assert (root / "params.yaml").read_text() == WARM
    assert said[0] == (
        "params.yaml: train_als.warm_start is als-0123456789ab from now on; "
        "off: to train from nothing"
    )
    assert len(said) == 2


def test_one_alone(root: Path) -> None:
    targets, flags = ["train_bpr", "evaluate"], ["--single-item"]
    _, seen, said = trained(root, 0, targets, flags)
    assert "als-" not in seen
    assert "bpr-ba9876543210" in seen
    assert len(said) == 1


def test_a_training_that_fails_leaves_params_as_they_were(root: Path) -> None:
    code, seen, said = trained(root, 2, ["evaluate"], [])
    assert (code, seen) == (2, WARM)
    assert (root / "params.yaml").read_text() == TEXT
    assert said[-1] == "params.yaml is as it was before --warm-start"


def test_so_does_one_that_cannot_begin(root: Path) -> None:
    def refused() -> int:
        raise DataError("a pipe in data/staging")

    with pytest.raises(DataError):
        warm_start.around(refused, root, ["evaluate"], [], print)
    assert (root / "params.yaml").read_text() == TEXT


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_without_a_model_nothing_is_written(root: Path, content: str | None) -> None:
    path = root / "models/als/manifest.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    with complains(ConfigError, "manifest.json", "run train` without it first"):
        trained(root, 0, ["evaluate"], [])
    assert (root / "params.yaml").read_text() == TEXT
