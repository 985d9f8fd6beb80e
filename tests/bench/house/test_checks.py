"""Each check of the house catches what is planted, and says what to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house import checks
from bench.house.imports import ROOT


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the tracked files, but data, in which faults can be planted."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if not name.startswith("data/") and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def lint_imports(house: Path) -> subprocess.CompletedProcess[str]:
    """The floors of the house, as `make lint` checks them."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(
        command, cwd=house, capture_output=True, text=True, check=False
    )


def test_the_house_keeps_its_floors(house: Path) -> None:
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("recsys/files/atomic.py", "import ops.lock", "recsys is the ground"),
        ("stages/merge.py", "import ops.lock", "recsys is the ground"),
        (
            "recsys/files/atomic.py",
            "import recsys.models.factors",
            "the wings of recsys stand",
        ),
        ("recsys/als/fit.py", "import recsys.bpr.fit", "the wings of recsys stand"),
        ("ops/lock.py", "import ops.deploy.promote", "the wings of ops stand"),
    ],
)
def test_a_planted_import_upwards_is_caught(
    house: Path, module: str, line: str, broken: str
) -> None:
    append(house / module, f"\n{line}\n")
    done = lint_imports(house)
    assert done.returncode == 1
    names = [text for text in done.stdout.splitlines() if text.endswith("BROKEN")]
    assert any(text.startswith(broken) for text in names), done.stdout
    assert module.removesuffix(".py").replace("/", ".") in done.stdout
    assert "Move" in done.stdout


def test_a_planted_circle_is_caught(house: Path) -> None:
    append(house / "recsys/files/atomic.py", "\nimport recsys.files.tables\n")
    append(house / "recsys/files/tables.py", "\nimport recsys.files.atomic\n")
    done = lint_imports(house)
    assert done.returncode == 1
    assert "no module imports one that imports it BROKEN" in done.stdout
    assert "Give what both modules need a module of its own" in done.stdout


def test_a_new_wing_must_be_given_a_floor(house: Path) -> None:
    (house / "recsys/attic").mkdir()
    (house / "recsys/attic/__init__.py").touch()
    done = lint_imports(house)
    assert done.returncode == 1
    assert "recsys.attic" in done.stdout
    assert "name a new wing in pyproject.toml" in " ".join(done.stdout.split())


def test_a_module_of_301_lines_is_caught(house: Path) -> None:
    module = house / "recsys/program/progress.py"
    lines = len(module.read_text(encoding="utf-8").splitlines())
    append(module, "\n" * (300 - lines))
    assert checks.long_modules(house) == checks.long_modules(ROOT)
    append(module, "\n")
    assert set(checks.long_modules(house)) - set(checks.long_modules(ROOT)) == {
        "recsys/program/progress.py: more than 300 lines; give one of its nouns a module of its own"
    }


def test_a_module_without_a_test_is_caught(house: Path) -> None:
    (house / "recsys/program/attic.py").write_text("X = 1\n")
    message = (
        "recsys/program/attic.py: no test file of its own; "
        "write tests/recsys/program/test_attic.py"
    )
    assert message in checks.modules_without_test(house)


def test_a_key_that_nobody_reads_is_caught(house: Path) -> None:
    params = house / "params.yaml"
    text = params.read_text(encoding="utf-8")
    params.write_text(
        text.replace("\nhealth:", "\nhealth:\n  lamp_oil: 3", 1), encoding="utf-8"
    )
    assert set(checks.unread_params(house)) - set(checks.unread_params(ROOT)) == {
        "params.yaml: nobody reads health.lamp_oil; "
        "use it, or delete it here and in its Params class"
    }
