"""What made a model is known only if dvc.lock of its day is its own."""

import json

import pytest

from ops.reproduce import record
from recsys.program.errors import ConfigError, DataError
from recsys.registry import lineage
from tests.ops.reproduce.worlds import Project
from tests.worlds import complains


def test_a_published_model_has_its_record(project: Project) -> None:
    model_id = project.publish()
    found = record.find(model_id, project.root / "mlruns")
    assert (found.model_id, found.model_type) == (model_id, "als")
    assert found.commit == project.git("rev-parse", "HEAD")
    assert found.changed == ""
    assert found.training.command == "python -m stages.train_als"
    assert [each.path for each in found.training.code] == [
        *("recsys", "stages/train_als.py")
    ]
    assert [each.path for each in found.training.data] == ["data/processed/x.txt"]
    assert found.training.params == {"train_als": {"seed": 1}}
    assert (found.python, found.machine) == tuple(lineage.machine().values())


def test_a_blend_is_made_by_a_stage_of_its_own() -> None:
    assert record.stage_of("blend") == "blend"
    assert record.stage_of("bpr") == "train_bpr"


def test_an_unknown_id_is_said_with_those_that_are_there(project: Project) -> None:
    with complains(ConfigError, "als-0123456789ab", "make repro"):
        record.find("als-0123456789ab", project.root / "mlruns")
    model_id = project.publish()
    with complains(ConfigError, "als-0123456789ab", f"there are {model_id}"):
        record.find("als-0123456789ab", project.root / "mlruns")


def lock_of(project: Project, model_id: str) -> record.Path:
    kept = project.root / "mlruns/artifacts" / model_id / "artifacts"
    return kept / lineage.FOLDER / "dvc.lock"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no such file"),
        ("stages: [", "not what DVC writes"),
        ("stages: {}", "is not of"),
        ("- 1", "not what DVC writes"),
    ],
)
def test_without_its_lock_file_nothing_is_known(
    project: Project, text: str | None, words: str
) -> None:
    model_id = project.publish()
    lock = lock_of(project, model_id)
    lock.unlink() if text is None else lock.write_text(text)
    with complains(DataError, lock, words):
        record.find(model_id, project.root / "mlruns")


def test_a_lock_file_of_another_model_is_refused(project: Project) -> None:
    model_id = project.publish()
    lock = lock_of(project, model_id)
    tree = json.loads(lock.read_text())
    tree["stages"]["train_als"]["outs"][0]["md5"] = "0" * 32
    lock.write_text(json.dumps(tree))
    with complains(DataError, "is not of", model_id):
        record.find(model_id, project.root / "mlruns")
