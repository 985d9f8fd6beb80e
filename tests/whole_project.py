"""A whole project in a scratch folder, and its commands: the real dvc, MLflow and runner."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from bench.house.imports import ROOT

COPIED = (
    "recsys",
    "stages",
    "ops",
    "runner.py",
    "params.yaml",
    "dvc.yaml",
    ".dvc/config",
    ".dvcignore",
)
# compiled kernels are copied with the code: to compile them anew takes 20 s a project
HALF_WRITTEN = shutil.ignore_patterns("*.tmp.*", "*.pyc.*")


STAGE_NEWEST = """\
from pathlib import Path
from recsys.registry import store, versions
mlruns = Path("mlruns")
client = store.client(mlruns)
with store.locked(mlruns):
    newest = versions.versions(client)[-1]
    versions.stage(client, newest.number)
    print(newest.model_id)
"""


def environment(**changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "",  # or each stage compiles all modules anew
        **changes,
    }


def run(
    folder: Path, *command: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment(**changes),
        timeout=300,
    )


def repro(
    folder: Path, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, "-m", "dvc", "repro", *arguments, **changes)


def runner(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, "runner.py", *arguments)


def ran(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [
        line.split("'")[1]
        for line in done.stdout.splitlines()
        if line.startswith("Running stage")
    ]


def change_params(folder: Path, section: str, **values: object) -> None:
    yaml = YAML()
    yaml.preserve_quotes = True
    tree = yaml.load((folder / "params.yaml").read_text())
    tree[section].update(values)
    with (folder / "params.yaml").open("w") as handle:
        yaml.dump(tree, handle)


def production(folder: Path) -> list[str]:
    """Model ids of the versions in stage Production, straight from the database."""
    with sqlite3.connect(folder / "mlruns" / "mlflow.db") as database:
        rows = database.execute(
            "SELECT t.value FROM model_versions v JOIN model_version_tags t USING (name, version) "
            "WHERE v.current_stage = 'Production' AND t.key = 'model_id'"
        ).fetchall()
    return [row[0] for row in rows]


def stage_anyway(folder: Path) -> str:
    """Put the newest version in Staging: on 30 users a model may lose to popularity by chance."""
    done = run(folder, sys.executable, "-c", STAGE_NEWEST)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def copy_files(folder: Path, *more: str) -> None:
    """The code and its settings, and `more` of the repository; empty folders for a shop's files."""
    for name in (*COPIED, *more):
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=HALF_WRITTEN)
        else:
            shutil.copyfile(source, target)
    for name in ("raw", "sample", "staging", "batches", "reference"):
        (folder / "data" / name).mkdir(parents=True, exist_ok=True)


def copy_code(folder: Path) -> None:
    """A project without a shop, in a repository of git."""
    copy_files(folder)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
