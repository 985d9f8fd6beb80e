"""Advice that cannot be followed is caught, and says where; advice that can is not."""

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.house import advice
from bench.house.imports import ROOT

WRONG = {
    "run `python runner.py trane`": "advises `runner.py trane`, which is no command (known: tune)",
    "run `python runner.py status --jsn`": "advises `runner.py status --jsn`, "
    "but the command has no such option",
    "see `python runner.py logs train -x`": "advises `runner.py logs -x`, "
    "but the command has no such option",
    "run `python runner.py run trane`": "advises `runner.py run trane`, but there is no such job",
    "see `python runner.py why trane`": "advises `runner.py why trane`, but there is no such job",
    "`python runner.py quarantine mend X`": "advises `runner.py quarantine mend`, "
    "but it has no such command",
    "`python runner.py quarantine export X --al`": "advises `runner.py quarantine --al`, "
    "but the command has no such option",
    "run `make reproo`": "advises `make reproo`, but the Makefile has no such target",
    "run `dvc repro proces`": "advises `dvc repro proces`, but dvc.yaml has no such stage",
    "run `dvc repro --forse process`": "advises `dvc repro --forse`, "
    "but the command has no such option",
    "run `dvc mend`": "advises `dvc mend`, which is no command",
    "run `mlflow dbs upgrade X`": "advises `mlflow dbs upgrade`, which is no command",
    "run `python -m ops.no_such`": "advises `python -m ops.no_such`, but there is no such module",
    "see docs/no_such.md": "names docs/no_such.md, but there is no such file",
    "see reports/no_such.html": "names reports/no_such.html, but no stage of dvc.yaml writes it",
    "set runner.jobs.refresh.enable": "names runner.jobs.refresh.enable, "
    "but params.yaml has no such key",
}
RIGHT = (
    "run `python runner.py run cleanup --dry-run`, or `python runner.py quarantine export FILE`",
    "`python runner.py logs train -f -n 3` # shows more",
    "`make repro`, `dvc repro --force process`, `mlflow db upgrade sqlite:///X`",
    "embed.encoder: lexical (court.fewest_users), metrics/merge.json, runner.db",
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the tracked files, but data, in which faults can be planted."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if not name.startswith("data/") and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_advice_that_cannot_be_followed_is_caught_in_messages_and_pages(
    house: Path,
) -> None:
    for number, text in enumerate([*WRONG, *RIGHT]):
        append(house / "ops/lock.py", f"\nADVICE_{number} = {text!r}\n")
        append(house / "README.md", f"\n{text}\n")
    said = set(advice.wrong_advice(house)) - set(advice.wrong_advice(ROOT))
    assert sorted(each.partition(": ")[2] for each in said) == sorted(
        [*WRONG.values()] * 2
    )
    assert {each.partition(":")[0] for each in said} == {"ops/lock.py", "README.md"}


def test_an_f_string_is_read_as_a_whole() -> None:
    tree = ast.parse('RUN = "runner.py x"\nf"python {RUN} {job!r} and {1 + 1:3d}"')
    known = advice._constants(tree)
    node = tree.body[1].value  # type: ignore[attr-defined]  # an expression
    assert advice._text(node, known) == "python runner.py x ANY and ANY"


def test_what_a_message_fills_in_may_be_any_key() -> None:
    tree = {"jobs": {"refresh": {"enabled": True}, "n": 3}}
    assert advice._is_key("jobs.ANY.enabled", tree)
    assert not advice._is_key("jobs.ANY.disabled", tree)
    assert not advice._is_key("jobs.n.enabled", tree)
