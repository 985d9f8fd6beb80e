"""The check of params.yaml covers every section, those of ops and those of the stages."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import check
from recsys.program.errors import ConfigError
from tests.worlds import complains

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def run(path: Path) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "ops.pipeline.check", "--params", str(path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", check.SECTIONS)
def test_an_unknown_key_in_any_section_of_ops_is_found(
    tmp_path: Path, name: str
) -> None:
    path = written(
        tmp_path, TEXT.replace(f"\n{name}:", f"\n{name}:\n  no_such_key: 1\n ", 1)
    )
    with complains(ConfigError, path, f"unknown key {name}.no_such_key"):
        check.main(path)


def test_a_misspelt_section_of_ops_is_told_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("\nhealth:", "\nheatlh:"))
    with complains(
        ConfigError, path, "unknown section 'heatlh' (did you mean health?)"
    ):
        check.main(path)


def test_that_the_shipped_params_are_well_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    sections = sum(line[:1].isalpha() for line in TEXT.splitlines())
    said = f"{path}: all is well, in each of its {sections} sections\n"
    assert run(path) == (0, said, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT + "guard: {}\n", "unknown section 'guard'"),
        (
            TEXT.replace("\ntrain_als:", "\ntrain_asl:"),
            "unknown section 'train_asl' (did you mean",
        ),
        (
            TEXT.replace("\n  users: ", "\n  usres: "),
            "unknown key tune.usres (did you mean users?)",
        ),
        ("- a list", "expected sections, found list"),
    ],
)
def test_what_is_wrong_is_exit_2_with_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = written(tmp_path, text)
    code, output, errors = run(path)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert errors.startswith(f"error: {path}: {message}")
