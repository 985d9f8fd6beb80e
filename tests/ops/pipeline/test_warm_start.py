"""The ids go into params.yaml and nothing else of it changes; a training that fails leaves it."""

from pathlib import Path

import pytest

from ops.pipeline import warm_start
from recsys.models.manifest import Manifest
from recsys.program.errors import ConfigError, DataError
from tests.worlds import complains

TEXT = """\
# mine
train_als:
  factors: 8
  warm_start: "off"       # begin there
train_bpr: {warm_start: off, seed: 1}
"""
ALS, BPR = (
    Manifest(model_type=kind, sha256={"factors.npz": "0"}) for kind in ("als", "bpr")
)
WARM = TEXT.replace('"off"       #', f"{ALS.model_id} #").replace(
    "{warm_start: off", f"{{warm_start: {BPR.model_id}"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(TEXT)
    for manifest in (ALS, BPR):
        manifest.write(tmp_path / "models" / manifest.model_type)
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
        f"params.yaml: train_als.warm_start is {ALS.model_id} from now on; "
        "off: to train from nothing"
    )
    assert len(said) == 2


def test_one_alone(root: Path) -> None:
    targets, flags = ["train_bpr", "evaluate"], ["--single-item"]
    _, seen, said = trained(root, 0, targets, flags)
    assert "als-" not in seen
    assert BPR.model_id in seen
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
    with complains(ConfigError, "models/als", "run train` without it first"):
        trained(root, 0, ["evaluate"], [])
    assert (root / "params.yaml").read_text() == TEXT
