"""Which versions and folders a cleanup would take."""

import pytest

from ops.cleanup import models as cleanup
from recsys.registry.versions import Version
from tests.ops.cleanup.test_models import NOW

# ---- plans ----


def _version(number, kind="als", stage="Archived"):
    return Version(number, f"{kind}-{number}", kind, stage, "", NOW, False)


def test_versions_beyond_the_newest_of_each_type():
    versions = [
        _version(1),
        _version(2, "bpr"),
        _version(3),
        _version(4),
        _version(5, "bpr"),
        _version(6, "bpr"),
    ]
    assert [each.number for each in cleanup.extra_versions(versions, 2, set())] == [
        1,
        2,
    ]


@pytest.mark.parametrize("stage", ["Staging", "Production"])
def test_versions_that_are_staged_or_needed_or_foreign_stay(stage):
    versions = [
        _version(1, stage=stage),
        _version(2),
        _version(3),
        _version(4),
        _version(5),
        Version(0, "", "", "None", "", NOW, False),
    ]
    assert [each.number for each in cleanup.extra_versions(versions, 2, {"als-2"})] == [
        3
    ]


@pytest.mark.parametrize(
    ("uri", "inside"),
    [
        ("artifacts/r1/artifacts", True),
        ("artifacts/models/r1/artifacts", True),
        ("artifacts/r1/../r1/artifacts", True),
        ("artifacts/r1/../../r1/artifacts", False),
        ("elsewhere/r1/artifacts", False),
        ("artifacts/r2", False),
        ("", False),
    ],
)
def test_only_folders_inside_the_artifacts_are_removed(tmp_path, uri, inside):
    found = cleanup.folder_of((tmp_path / uri).as_uri() if uri else "", "r1", tmp_path)
    assert (found is not None) == inside
    if found:
        assert found.name == "r1"


def test_a_run_named_like_the_artifacts_folder_takes_nothing_with_it(tmp_path):
    assert (
        cleanup.folder_of(str(tmp_path / "artifacts/artifacts"), "artifacts", tmp_path)
        != tmp_path / "artifacts"
    )
