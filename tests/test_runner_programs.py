"""What runner.py hands on to the programs that own it: repro, quarantine, audit, tune, check."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.scheduler import jobs
from tests.operator_shell import make_project, runner


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path)


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("quarantine", "set-aside"),
        ("tune", "--trials N"),
        ("repro", "[STAGE]..."),
        ("audit", "--state"),
        ("compact", "--batches"),
        ("check", "--params"),
    ],
)
def test_the_help_of_a_handed_on_command_is_its_programs_own(
    project: Path, command: str, option: str
) -> None:
    done = runner(project, command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: runner.py {command} ")
    assert option in done.stdout


def test_every_command_that_a_message_advises_exists() -> None:
    help_text = runner(ROOT, "--help").stdout
    commands = set(re.findall(r"^  ([a-z]+) ", help_text, re.MULTILINE))
    assert {"start", "status", "repro"} <= commands
    files = [
        path
        for house in ("ops", "recsys", "stages")
        for path in (ROOT / house).rglob("*.py")
    ]
    for path in [ROOT / "runner.py", *files]:
        for line in path.read_text(encoding="utf-8").splitlines():
            for command, word in re.findall(
                r"python runner\.py (\w+)(?: ([a-z]+))?", line
            ):
                assert command in commands, f"{path}: {line.strip()}"
                if command == "run":
                    assert word in jobs.JOBS, f"{path}: {line.strip()}"


def test_repro_runs_dvc_and_gives_its_exit_code(project: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=project, check=True
    )
    (project / "dvc.yaml").write_text("stages: {a: {cmd: python a.py, outs: [made]}}")
    (project / "a.py").write_text("open('made', 'w').close()")
    done = runner(project, "repro", "a")
    assert done.returncode == 0, done.stderr
    assert "Running stage 'a':" in done.stdout
    (project / "dvc.yaml").write_text("stages: {a: {cmd: python b.py, outs: [made]}}")
    (project / "b.py").write_text("raise SystemExit(4)")
    assert runner(project, "repro").returncode == 4


def refused_rows(project: Path) -> None:
    """A quarantine of two rows: of the reviews, and of a product file."""
    import polars as pl

    rows = [
        (
            "data_reviews_purchase.csv",
            "a" * 64,
            7,
            "u,p,9",
            "rating",
            "rating_range",
            "a rating is from 1 to 5",
        ),
        (
            "data_product.csv",
            "b" * 64,
            8,
            ",soap",
            "product_id",
            "id_empty",
            "write the id; 1 to 128 characters",
        ),
    ]
    folder = project / "data" / "merged"
    folder.mkdir(parents=True)
    names = ["file", "sha256", "line", "raw", "column", "reason", "hint"]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(
        folder / "quarantine.parquet"
    )


def test_quarantine_shows_the_refused_rows_from_anywhere_and_keeps_no_row_of_it(
    project: Path,
) -> None:
    refused_rows(project)
    for args, first in (
        (["quarantine"], "FILE                       REASON        ROWS"),
        (["quarantine", "list"], "FILE                       REASON        ROWS"),
        (
            ["quarantine", "--reason", "id_empty"],
            "FILE              LINE  COLUMN      REASON    TEXT",
        ),
        (
            ["quarantine", "explain", "rating_range"],
            "rating_range: a rating is from 1 to 5; declare another scale in merge.rating_scale",
        ),
    ):
        done = runner(project, *args, folder=project.parent)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == first
    found = json.loads(
        runner(
            project, "quarantine", "list", "--file", "data_product.csv", "--json"
        ).stdout
    )
    assert (found["total"], [row["line"] for row in found["rows"]]) == (1, [8])
    assert not (project / "state").exists()


def test_quarantine_names_files_from_where_the_caller_stands(project: Path) -> None:
    refused_rows(project)
    elsewhere = project / "desk"
    elsewhere.mkdir()
    done = runner(
        project,
        "quarantine",
        "export",
        "mend.csv",
        "--reason",
        "id_empty",
        folder=elsewhere,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in elsewhere.iterdir()] == ["mend.csv"]
    done = runner(project, "quarantine", "replay", "mend.csv", folder=project)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {project / 'mend.csv'}: no such file; "
        "make one with `python runner.py quarantine export FILE`\n"
    )


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["quarantine"], 3, "quarantine.parquet: no such file; run `dvc repro`"),
        (
            ["quarantine", "explain", "nope"],
            2,
            "unknown reason 'nope'; known are cells",
        ),
        (
            ["quarantine", "explain", "--", "--json"],
            2,
            "unknown reason '--json'; known are cells",
        ),
        (
            ["quarantine", "set-aside", "../x.csv"],
            2,
            "no sealed batch is named '../x.csv'",
        ),
        (["audit"], 3, "dvc.yaml: no such file; run `dvc repro` first"),
    ],
)
def test_what_a_child_refuses_is_its_one_line_and_its_exit_code(
    project: Path, args: list[str], code: int, words: str
) -> None:
    done = runner(project, *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("error: ") and words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (project / "state" / "runner.db").exists()
