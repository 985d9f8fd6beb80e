"""The model that training begins at is brought before the stages run."""

from pathlib import Path

import pytest

from bench.shared.mlflow_server import Running
from ops.pipeline import shared_models
from recsys.models.warm_start import kept_models
from tests.recsys.registry.worlds import World

PARAMS = "train_als:\n  warm_start: {}\ntrain_bpr:\n  warm_start: off\n"


def test_a_model_of_the_server_comes_once(
    shared_store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    model_id = World(tmp_path / "a").publish().model_id
    root = tmp_path / "b"
    (root / "params.yaml").write_text(PARAMS.format(model_id))
    shared_models.bring(root)
    assert len(kept_models(root / "mlruns")) == 1
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    shared_models.bring(root)  # it is here: no server is asked


@pytest.mark.parametrize("text", [PARAMS.format("off"), "", "[", "train_als: 3\n"])
def test_without_one_no_server_is_asked(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    (tmp_path / "params.yaml").write_text(text)
    shared_models.bring(tmp_path)
    assert not (tmp_path / "mlruns").exists()
