import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.scheduler import jobs

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("mlflow", "torch", "pandas", "polars", "numpy", "sklearn", "requests", "schedule")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose stages are empty and whose params.yaml is the shipped one."""
    shutil.copy(ROOT / "runner.py", tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "__init__.py").touch()
    (tmp_path / "stages" / "check.py").write_text("")
    return tmp_path


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def runner(
    project: Path, *args: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(project / "runner.py"), *args],
        cwd=folder or project,
        text=True,
        capture_output=True,
        env=environment(),
        check=False,
    )


@contextmanager
def started(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A loop that is up; killed at the end if it still is."""
    with subprocess.Popen(
        [sys.executable, "runner.py", "start"],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout
            assert "the runner is up" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def snapshot(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def rewritten(project: Path, old: str, new: str) -> None:
    text = (project / "params.yaml").read_text()
    assert old in text
    (project / "params.yaml").write_text(text.replace(old, new))


def test_start_status_second_start_and_stop(project: Path) -> None:
    with started(project) as process:
        now = json.loads(runner(project, "status", "--json").stdout)
        assert now["runner"]["alive"] is True
        assert now["runner"]["pid"] == process.pid

        second = runner(project, "start")
        assert second.returncode == 5
        assert f"process {process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
        assert process.poll() is None

        stopped = runner(project, "stop")
        assert (stopped.returncode, stopped.stdout) == (
            0,
            f"the runner has stopped (it was process {process.pid})\n",
        )
        assert process.wait(timeout=60) == 0
        assert json.loads(runner(project, "status", "--json").stdout)["runner"]["alive"] is False


def test_stop_when_nothing_runs_signals_nobody(project: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    (project / "state").mkdir()
    (project / "state" / "runner.lock").write_text(json.dumps({"pid": bystander.pid}))
    done = runner(project, "stop")
    assert (done.returncode, done.stdout) == (0, "the runner is not running\n")
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_loop_with_exit_0(project: Path, number: int) -> None:
    with started(project) as process:
        process.send_signal(number)
        assert process.wait(timeout=60) == 0


def test_killed_it_can_start_again(project: Path) -> None:
    with started(project) as process:
        process.kill()
        process.wait()
    assert json.loads(runner(project, "status", "--json").stdout)["runner"]["alive"] is False
    assert runner(project, "stop").stdout == "the runner is not running\n"
    with started(project) as process:
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_a_closed_output_does_not_end_the_loop(project: Path) -> None:
    with started(project) as process:
        assert process.stdout
        process.stdout.close()
        time.sleep(0.7)
        assert json.loads(runner(project, "status", "--json").stdout)["runner"]["alive"] is True
        assert runner(project, "stop").returncode == 0
        assert process.wait(timeout=60) == 0


def test_status_when_nothing_ever_ran_writes_nothing_and_is_quick(project: Path) -> None:
    runner(project, "status")
    before = snapshot(project)
    begun = time.monotonic()
    done = runner(project, "status")
    assert time.monotonic() - begun < 2  # 0.3 s; the rest is for a busy machine
    assert done.returncode == 0
    assert done.stdout.startswith("runner      not running")
    assert "train     never" in done.stdout
    assert snapshot(project) == before


def test_a_dry_run_changes_no_byte(project: Path) -> None:
    for package in ("ops", "recsys"):
        shutil.copytree(
            ROOT / package, project / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    before = snapshot(project)
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "runner.py", "run", "train", "--dry-run"],
        cwd=project,
        text=True,
        capture_output=True,
        env=plain,
        check=False,
    )
    assert done.returncode == 0
    assert "-m ops.pipeline.repro evaluate\n" in done.stdout
    assert "time limit: 3600 s" in done.stdout
    assert snapshot(project) == before


def test_a_run_by_hand_has_row_log_and_the_jobs_exit_code(project: Path) -> None:
    (project / "stages" / "check.py").write_text(
        "import sys; print('refused', file=sys.stderr); sys.exit(2)"
    )
    done = runner(project, "run", "refresh", folder=project.parent)
    assert done.returncode == 2
    assert "refused" in done.stdout
    assert "refresh: failed, exit 2; log state/logs/refresh-" in done.stdout
    last = json.loads(runner(project, "status", "--json").stdout)["jobs"][0]["last"]
    assert (last["job"], last["status"], last["exit_code"]) == ("refresh", "failed", 2)
    assert "refused" in (project / last["log"]).read_text()
    assert not (project.parent / "state").exists()


def test_an_unknown_job_is_exit_2_and_names_the_known_ones(project: Path) -> None:
    done = runner(project, "run", "trian")
    assert done.returncode == 2
    assert done.stderr == (
        "error: unknown job 'trian'; known are refresh, embed, train, drift, deploy, rollback, "
        "health, cleanup\n"
    )
    assert not (project / "state").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["status", "now"],
        ["start", "--fast"],
        ["run"],
        [],
        ["run", "train", "--dry"],
        ["audit", "now"],
        ["quarantine", "mend"],
        ["quarantine", "explain"],
        ["quarantine", "export"],
        ["quarantine", "--reas", "x"],
        ["repro", "--force"],
        ["tune", "--model", "svd"],
        ["check", "now"],
    ],
)
def test_what_no_command_knows_is_exit_2(project: Path, args: list[str]) -> None:
    done = runner(project, *args)
    assert done.returncode == 2
    assert "Usage: runner.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_command_is_told_the_nearest(project: Path) -> None:
    done = runner(project, "stauts")
    assert done.returncode == 2
    assert "No such command 'stauts'. Did you mean 'status'" in done.stderr


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
    files = [path for house in ("ops", "recsys", "stages") for path in (ROOT / house).rglob("*.py")]
    for path in [ROOT / "runner.py", *files]:
        for line in path.read_text(encoding="utf-8").splitlines():
            for command, word in re.findall(r"python runner\.py (\w+)(?: ([a-z]+))?", line):
                assert command in commands, f"{path}: {line.strip()}"
                if command == "run":
                    assert word in jobs.JOBS, f"{path}: {line.strip()}"


@pytest.mark.parametrize("args", [["start"], ["check"], ["status"], ["run", "train"], ["promote"]])
def test_a_wrong_runner_section_is_one_message_and_exit_2(project: Path, args: list[str]) -> None:
    rewritten(project, 'refresh: {every: day, at: "02:00"}', 'refresh: {every: day, at: "26:00"}')
    done = runner(project, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "runner.jobs.refresh" in done.stderr
    assert not (project / "state").exists()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("min_success_rate: 0.5", "min_sucess_rate: 0.5", "health.min_suc"),
        ("log_days: 30", "log_days: thirty", "cleanup.log_days"),
        ("timeout_s: 10.0", "timeout_s: -1.0", "deploy.timeout_s"),
    ],
)
def test_check_and_start_look_at_the_sections_of_all_programs(
    project: Path, old: str, new: str, key: str
) -> None:
    assert runner(project, "check").returncode == 0
    rewritten(project, old, new)
    for command in ("check", "start"):
        done = runner(project, command)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert key in done.stderr


def test_check_and_start_fail_with_the_stages_check(project: Path) -> None:
    (project / "stages" / "check.py").write_text(
        "import sys; print('error: bad', file=sys.stderr); sys.exit(2)"
    )
    for command in ("check", "start"):
        done = runner(project, command)
        assert (done.returncode, done.stderr) == (2, "error: bad\n")
    assert not (project / "state").exists()


def test_repro_runs_dvc_and_gives_its_exit_code(project: Path) -> None:
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], cwd=project, check=True)
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
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(folder / "quarantine.parquet")


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
        (["quarantine", "explain", "rating_range"], "rating_range: a rating is from 1 to 5"),
    ):
        done = runner(project, *args, folder=project.parent)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] == first
    found = json.loads(
        runner(project, "quarantine", "list", "--file", "data_product.csv", "--json").stdout
    )
    assert (found["total"], [row["line"] for row in found["rows"]]) == (1, [8])
    assert not (project / "state").exists()


def test_quarantine_names_files_from_where_the_caller_stands(project: Path) -> None:
    refused_rows(project)
    elsewhere = project / "desk"
    elsewhere.mkdir()
    done = runner(
        project, "quarantine", "export", "mend.csv", "--reason", "id_empty", folder=elsewhere
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
        (["quarantine", "explain", "nope"], 2, "unknown reason 'nope'; known are cells"),
        (["quarantine", "explain", "--", "--json"], 2, "unknown reason '--json'; known are cells"),
        (["quarantine", "set-aside", "../x.csv"], 2, "no sealed batch is named '../x.csv'"),
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


@pytest.mark.parametrize("args", [["status"], ["quarantine", "explain", "cells"], ["audit"]])
def test_the_runner_loads_nothing_heavy(project: Path, args: list[str]) -> None:
    code = (
        f"import contextlib, sys, runner\nsys.argv = ['runner.py', *{args}]\n"
        "with contextlib.suppress(SystemExit):\n    runner.main()\n"
        f"sys.exit([m for m in {(*HEAVY, 'pyarrow')} if m in sys.modules] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        text=True,
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_loop_loads_nothing_heavy_either() -> None:
    code = (
        "import sys\n"
        "from ops import lock, status\n"
        "from ops.deploy import deployment_log\n"
        "from ops.pipeline import repro\n"
        "from ops.scheduler import jobs, loop, run_history, schedule\n"
        f"sys.exit([m for m in {HEAVY[:-1]} if m in sys.modules] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
