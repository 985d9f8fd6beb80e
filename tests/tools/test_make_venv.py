"""A .venv of some parts: made, left as it is, and added to; with small packages of our own."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.doctor import installation
from tools import make_venv
from tools.make_venv import name_of, requirements, united

PYPROJECT = """\
[project]
dependencies = ["shop-core>=1", "torch==1.0"]
[project.optional-dependencies]
dev = ["shop_checks"]
"""
PINS = ("shop-core==1.0", "shop-checks==1.0", "torch==1.0")


# ---- what is wanted ----
def test_light_is_main_without_pretrained_models_and_dev_stands_apart() -> None:
    main = requirements(ROOT / "pyproject.toml", ["main"])
    light = requirements(ROOT / "pyproject.toml", ["light"])
    left_out = {name_of(line) for line in set(main) - set(light)}
    assert left_out == {"torch", "transformers", "huggingface-hub", "safetensors"}
    asked = {"dvc", "mlflow", "pandas", "numpy", "scipy", "implicit", "pyarrow"}
    asked |= {"requests", "schedule"}
    assert asked <= {name_of(line) for line in light}
    assert asked | {"torch", "transformers"} <= {name_of(line) for line in main}
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    dev = {name_of(line) for line in table["optional-dependencies"]["dev"]}
    assert {"pytest", "hypothesis", "ruff", "mypy"} <= dev
    assert not dev & {name_of(line) for line in main}
    both = requirements(ROOT / "pyproject.toml", ["main", "dev"])
    assert {name_of(line) for line in both} == dev | {name_of(line) for line in main}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("ruamel.yaml>=0.19", "ruamel-yaml"),
        ("uvicorn[standard]>=0.54", "uvicorn"),
        ("ruamel.yaml.clib>=0.2.15; platform == 'x'", "ruamel-yaml-clib"),
        ("Flask_Cors==6.0.5", "flask-cors"),
        ("pytz", "pytz"),
    ],
)
def test_names_are_compared_as_pip_does(line: str, name: str) -> None:
    assert name_of(line) == name


@pytest.mark.parametrize(
    ("have", "wanted", "former", "parts"),
    [
        ([], ["any"], [], ["main"]),
        ([], ["light"], [], ["light"]),
        ([], ["main", "dev"], [], ["main", "dev"]),
        ([], ["any"], ["light"], ["light"]),  # the lock file has changed
        (["light"], ["any"], ["light"], ["light"]),
        (["light"], ["main"], ["light"], ["main"]),
        (["light"], ["main", "dev"], ["light"], ["main", "dev"]),
        (["main"], ["light"], ["main"], ["main"]),
        (["main", "dev"], ["any"], [], ["main", "dev"]),
    ],
)
def test_what_there_is_stays_and_what_is_wanted_comes(
    have: list[str], wanted: list[str], former: list[str], parts: list[str]
) -> None:
    assert united(have, wanted, former) == parts


# ---- what is done ----
def wheel(folder: Path, name: str) -> None:
    """A package with one empty module."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as packed:
        for path, text in files.items():
            packed.writestr(path, text)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three small packages, with a light .venv."""
    root = tmp_path_factory.mktemp("project")
    (root / "wheels").mkdir()
    for name in ("shop_core", "shop_checks", "torch"):
        wheel(root / "wheels", name)
    shutil.copytree(
        ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__")
    )
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "requirements.lock").write_text("\n".join(["# made", *PINS, ""]))
    done = run(root, "light")
    assert done.returncode == 0, done.stderr
    assert "making .venv with Python" in done.stderr
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(made, root, symlinks=True)
    return root


def run(root: Path, *parts: str) -> subprocess.CompletedProcess[str]:
    """The script, with a pip that finds our packages and no others."""
    tools = Path(sys.executable).parent
    path = [one for one in os.environ["PATH"].split(os.pathsep) if Path(one) != tools]
    environment = {
        "PATH": os.pathsep.join(path),
        "PYTHON": sys.executable,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(root / "wheels"),
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(root / "wheels"),
    }
    command = ["sh", "tools/make_venv.sh", *parts]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def packages(root: Path) -> list[str]:
    (site,) = (root / ".venv/lib").glob("python*/site-packages")
    ours = (f"{name_of(pin).replace('-', '_')}.py" for pin in PINS)
    return [name.removesuffix(".py") for name in ours if (site / name).exists()]


def test_a_light_one_has_no_torch_and_says_what_it_has(project: Path) -> None:
    assert packages(project) == ["shop_core"]
    listed = (project / ".venv/packages.lock").read_text()
    assert listed == "# parts: light\nshop-core==1.0\n"
    assert (project / ".venv/requirements.lock").read_bytes() == (
        project / "requirements.lock"
    ).read_bytes()


def test_nothing_is_done_if_it_has_what_is_wanted(project: Path) -> None:
    shutil.rmtree(project / "wheels")  # nothing could be installed
    for wanted in ("light", "any"):
        done = run(project, wanted)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (project / ".venv/packages.lock").unlink()  # one of before there were parts
    for parts in (["any"], ["light"], ["main", "dev"]):
        assert (run(project, *parts).returncode, packages(project)) == (
            0,
            ["shop_core"],
        )


def test_what_it_lacks_is_added_and_a_failed_try_is_made_good(project: Path) -> None:
    (project / "wheels").rename(project / "away")
    done = run(project, "main", "dev")
    assert done.returncode != 0
    assert "error:" in done.stderr.splitlines()[-1]
    (project / "away").rename(project / "wheels")
    done = run(project, "main", "dev")
    assert (done.returncode, "adding to .venv" in done.stderr) == (0, True)
    assert packages(project) == ["shop_core", "shop_checks", "torch"]
    listed = (project / ".venv/packages.lock").read_text()
    assert listed == "\n".join(["# parts: main dev", *PINS, ""])
    assert run(project, "light").stderr == ""
    assert packages(project) == ["shop_core", "shop_checks", "torch"]


def test_of_a_link_to_another_one_only_the_link_goes(
    project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (project / ".venv").rename(other)
    (project / ".venv").symlink_to(other)
    make_venv.remove(project / ".venv")
    assert not (project / ".venv").exists()
    assert (other / "packages.lock").exists()


def test_an_unknown_part_is_told(project: Path) -> None:
    done = run(project, "lite")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        ["error: no part lite; there are light, main, dev"],
    )


def test_the_doctor_asks_for_what_it_was_made_of(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site,) = (project / ".venv/lib").glob("python*/site-packages")
    monkeypatch.setattr(sys, "path", [str(site)])
    found = installation.packages(project)
    assert (found.level, found.seen) == ("ok", "1, as .venv/packages.lock pins them")
    (site / "shop_core-1.0.dist-info").rename(site / "gone")
    assert installation.packages(project).level == "bad"
