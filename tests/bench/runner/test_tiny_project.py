"""What training and publishing leave is what a cleanup looks for."""

from pathlib import Path

import pytest

from bench.runner.tiny_project import TinyProject
from recsys.registry import versions
from tests.worlds import copy_store


def test_a_model_has_a_run_files_data_and_a_staged_version(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    copy_store(tmp_path_factory, tmp_path)
    project = TinyProject(tmp_path)
    model_id = "als-000000000005"
    assert not project.has_run(model_id)
    run_id = project.run("model", model_id)
    project.log_files(run_id, model_id)
    project.register(model_id, run_id)
    assert project.has_run(model_id)
    assert (project.files(run_id) / "model/factors.npz").exists()
    text = (tmp_path / "dvc.lock").read_text()
    for md5 in project.made_of(model_id):
        assert md5 in text and project.cached(md5).exists()
    waiting = versions.challenger(project.client)
    assert waiting is not None and waiting.model_id == model_id
    assert project.made_of("bpr-000000000006")[1] == project.made_of(model_id)[1]
