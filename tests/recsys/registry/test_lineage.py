"""Lineage names the data by its hashes and the code by its commit; none of it is required."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from recsys.program.errors import DataError
from recsys.registry.lineage import read_lineage


def test_lineage_is_the_hashes_of_the_data_and_of_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(
        "schema: '2.0'\nstages:\n  merge:\n"
        "    deps:\n    - {path: data/raw, md5: ab.dir}\n    - {path: recsys/a.py, md5: cd}\n"
        "    outs:\n    - {path: data/merged/x.parquet, md5: ef}\n"
    )
    tags = read_lineage(lock)
    assert {key: value for key, value in tags.items() if key.startswith("dvc.")} == {
        "dvc.data/raw": "ab.dir",
        "dvc.data/merged/x.parquet": "ef",
    }
    assert len(tags["dvc_lock_sha256"]) == 64


def test_what_a_stage_wrote_counts_before_what_a_stale_one_had_read(
    tmp_path: Path,
) -> None:
    """`dvc repro evaluate` leaves the deps of publish as they were."""
    lock = tmp_path / "dvc.lock"
    lock.write_text(
        "stages:\n  process:\n    outs:\n    - {path: data/x.parquet, md5: new}\n"
        "  publish:\n    deps:\n    - {path: data/x.parquet, md5: old}\n"
    )
    assert read_lineage(lock)["dvc.data/x.parquet"] == "new"


def lock_of(
    factors: int = 64, code: str = "aa", data: str = "bb", start: str = "off"
) -> str:
    params = f"{{factors: {factors}, warm_start: {start}}}"
    return (
        "stages:\n  embed:\n    params: {params.yaml: {embed: {seed: 1}}}\n  train_als:\n"
        f"    deps:\n    - {{path: recsys/als, md5: {code}.dir}}\n"
        f"    - {{path: data/processed/X_train_binary.npz, md5: {data}}}\n"
        f"    params: {{params.yaml: {{train_als: {params}}}}}\n"
    )


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"data": "cc"}, True),
        ({"start": "als-0123456789ab"}, True),
        ({"code": "cc"}, False),
        ({"factors": 32}, False),
    ],
)
def test_a_recipe_is_params_and_code_and_not_data_or_a_start(
    tmp_path: Path, change: dict[str, Any], is_same: bool
) -> None:
    recipes = []
    for text in (lock_of(), lock_of(**change)):
        (tmp_path / "dvc.lock").write_text(text)
        tags = read_lineage(tmp_path / "dvc.lock")
        assert [key for key in tags if key.startswith("recipe")] == ["recipe.als"]
        recipes.append(tags["recipe.als"])
    assert (recipes[0] == recipes[1]) is is_same


def test_the_recipe_of_a_blend_is_that_of_all_it_is_made_of(tmp_path: Path) -> None:
    of_bpr = "  train_bpr:\n    params: {{params.yaml: {{train_bpr: {{seed: {}}}}}}}\n"
    of_blend = "  blend:\n    params: {{params.yaml: {{blend: {{mode: {}}}}}}}\n"
    recipes = []
    for factors, seed, mode in (
        (64, 1, "auto"),
        (32, 1, "auto"),
        (64, 2, "auto"),
        (64, 1, "x"),
    ):
        text = lock_of(factors) + of_bpr.format(seed) + of_blend.format(mode)
        (tmp_path / "dvc.lock").write_text(text)
        recipes.append(read_lineage(tmp_path / "dvc.lock")["recipe.blend"])
    assert len(set(recipes)) == 4


@pytest.mark.parametrize("content", [None, "", "stages: {}\n"])
def test_lineage_without_a_lock_or_git_is_empty(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "dvc.lock").write_text(content)
    assert read_lineage(tmp_path / "dvc.lock").keys() <= {"dvc_lock_sha256"}


@pytest.mark.parametrize("content", ["stages:\n  a: [\n", "- a\n", "stages: [1]\n"])
def test_a_torn_lock_is_no_traceback(tmp_path: Path, content: str) -> None:
    (tmp_path / "dvc.lock").write_text(content)
    try:
        assert "dvc_lock_sha256" in read_lineage(tmp_path / "dvc.lock")
    except DataError as error:
        assert "dvc.lock" in str(error)


def test_lineage_names_the_commit_and_whether_files_differ_from_it(
    tmp_path: Path,
) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    git("init")
    (tmp_path / "a").write_text("x")
    git("add", "a")
    git("commit", "-m", "x")
    assert read_lineage(tmp_path / "dvc.lock") == {
        "mlflow.source.git.commit": git("rev-parse", "HEAD"),
        "git_dirty": "false",
    }
    (tmp_path / "a").write_text("y")
    tags = read_lineage(tmp_path / "dvc.lock")
    assert tags["git_dirty"] == "true"
    assert "git_changed_code" not in tags  # it is not code of ours
    (tmp_path / "recsys").mkdir()
    (tmp_path / "recsys/b.py").touch()
    git("add", "recsys")
    assert read_lineage(tmp_path / "dvc.lock")["git_changed_code"] == "recsys/b.py"


def test_a_repository_around_it_that_does_not_have_it_is_not_its_own(
    tmp_path: Path,
) -> None:
    """A download without .git, unpacked inside of another repository."""
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True)
    inside = tmp_path / "shop"
    inside.mkdir()
    (inside / "dvc.yaml").touch()
    assert read_lineage(inside / "dvc.lock") == {}
