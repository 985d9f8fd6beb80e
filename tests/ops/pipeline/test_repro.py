import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ops import lock, processes
from ops.alerts import outbox
from ops.pipeline import leftovers, progress, repro
from recsys.files.atomic import half_written
from recsys.models.manifest import Manifest
from tests.ops.pipeline.two_stages import DVC_YAML, WORK
from tests.waiting import wait_for


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DVC project of two stages, with a check of params that passes."""
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], check=True)
    for name, text in (("dvc.yaml", DVC_YAML), ("work.py", WORK), ("raw", "rows")):
        Path(name).write_text(text)
    Path("stages").mkdir()
    Path("stages/__init__.py").touch()
    Path("stages/check.py").write_text(
        "import pathlib, sys; sys.exit(2 * pathlib.Path('wrong').exists())"
    )
    Path("stages/publish.py").write_text(
        "import pathlib; pathlib.Path('published').touch()"
    )
    return tmp_path


def run(*targets: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.pipeline.repro", *targets],
        capture_output=True,
        text=True,
        check=False,
    )


def begun() -> subprocess.Popen[bytes]:
    """A repro that is inside its first stage."""
    Path("raw").write_text("slow")
    Path("slow").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "ops.pipeline.repro"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(Path("working").exists)
    Path("slow").unlink()
    return process


@pytest.mark.parametrize(
    ("code", "messages", "expected"),
    [
        (0, "", 0),
        (
            255,
            "ERROR: failed to reproduce 'b': failed to run: python -m stages.b, exited with 3",
            3,
        ),
        (
            255,
            "ERROR: failed to reproduce 'b': failed to run: python -m stages.b, exited with -9",
            137,
        ),
        (
            255,
            "exited with 3\nERROR: failed to reproduce 'a': failed to run: x, exited with 4",
            4,
        ),
        (255, "'./dvc.yaml' validation failed: 4 errors.", 2),
        (255, "ERROR: 'dvc.yaml' does not exist", 2),
        (
            255,
            "ERROR: Unable to acquire lock. Most likely another DVC process is running",
            5,
        ),
        (255, "ERROR: unexpected error - [Errno 28] No space left on device: '/x'", 8),
        (255, "ERROR: unexpected error - 'NoneType' object is not subscriptable", 70),
        (-15, "", 143),
    ],
)
def test_exit_code(code: int, messages: str, expected: int) -> None:
    assert repro.exit_code(code, messages) == expected


def test_a_good_repro_streams_what_dvc_says_and_runs_this_python(project: Path) -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert "Running stage 'evaluate':" in done.stdout
    assert f"from {sys.executable}" in done.stdout
    assert Path("result").read_text() == "rows"
    assert Path("state/repro.lock").read_text() == ""
    again = run("copy")
    assert again.returncode == 0
    assert "Stage 'copy' didn't change, skipping" in again.stdout


def test_the_exit_code_is_the_failing_stages(project: Path) -> None:
    Path("raw").write_text("fail 3")
    done = run()
    assert done.returncode == 3
    assert "ERROR: failed to reproduce 'copy'" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_params_stop_before_any_stage(project: Path) -> None:
    Path("wrong").touch()
    done = run()
    assert done.returncode == 2
    assert done.stdout == ""
    assert not Path("copied").exists()


def test_params_are_checked_again_when_they_or_the_code_have_changed(
    project: Path,
) -> None:
    Path("params.yaml").write_text("a: 1\n")
    assert run().returncode == 0
    Path("wrong").touch()
    assert run().returncode == 0
    Path("params.yaml").write_text("a: 2\n")
    assert run().returncode == 2
    assert run().returncode == 2
    Path("params.yaml").write_text("a: 1\n")
    Path("stages/new.py").touch()
    assert run().returncode == 2


def test_a_wrong_dvc_yaml_and_an_unknown_stage_are_exit_2(project: Path) -> None:
    assert run("no-such-stage").returncode == 2
    assert run("--force").returncode == 2
    Path("dvc.yaml").write_text("stages: {a: {cmx: x}}")
    assert run().returncode == 2


def test_a_second_repro_ends_at_once_and_names_the_first(project: Path) -> None:
    first = begun()
    before = time.monotonic()
    second = run()
    assert time.monotonic() - before < 5
    assert second.returncode == 5
    assert f"a repro runs already as process {first.pid}" in second.stderr
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()


def test_a_group_kill_takes_dvc_and_the_stage(project: Path) -> None:
    process = begun()
    facts = lock.holder(Path("state/repro.lock"))
    assert facts
    assert facts["pid"] == process.pid
    assert len(processes.marked(leftovers.MARK, facts["token"])) >= 2
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()
    wait_for(lambda: not processes.marked(leftovers.MARK, facts["token"]))


def test_after_kill_9_the_next_repro_ends_the_orphans_and_gets_it_right(
    project: Path,
) -> None:
    process = begun()
    token = (lock.holder(Path("state/repro.lock")) or {})["token"]
    process.kill()
    process.wait()
    orphans = processes.marked(leftovers.MARK, token)
    assert len(orphans) >= 2
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "repair: a repro that ended early left processes" in done.stdout
    assert processes.marked(leftovers.MARK, token) == []
    assert Path("result").read_text() == "slow"


def test_a_dvc_that_is_killed_alone_leaves_nothing(project: Path) -> None:
    process = begun()
    half = half_written(project / "state" / progress.FILE)
    half.touch()
    (dvc,) = psutil.Process(process.pid).children()
    stages = dvc.children(recursive=True)
    assert stages
    dvc.kill()
    assert process.wait(30) == 137
    assert not half.exists()
    assert not [one for one in stages if one.is_running()]
    assert run().returncode == 0


def test_dvcs_own_files_cut_short_do_not_stop_the_next_repro(project: Path) -> None:
    assert run().returncode == 0
    Path("dvc.lock").write_text("")
    Path(".dvc/tmp/rwlock").write_text('{"')
    for entry in Path(".dvc/cache/runs").rglob("*"):
        if entry.is_file():
            entry.write_text("")
    Path("raw").write_text("more rows")
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("repair: ") >= 3
    assert Path("result").read_text() == "more rows"


@pytest.mark.parametrize(
    ("targets", "published"), [([], True), (["evaluate"], True), (["copy"], False)]
)
def test_publish_follows_a_repro_that_reaches_evaluate(
    project: Path, targets: list[str], published: bool
) -> None:
    assert run(*targets).returncode == 0
    assert Path("published").exists() is published


def test_publish_does_not_follow_a_failed_repro(project: Path) -> None:
    Path("raw").write_text("fail 3")
    assert run().returncode == 3
    assert not Path("published").exists()


def test_the_exit_code_is_that_of_a_failed_publish(project: Path) -> None:
    Path("stages/publish.py").write_text("import sys; sys.exit(6)")
    assert run().returncode == 6


def test_a_merge_that_is_blocked_is_told_and_told_to_be_well_again(
    project: Path,
) -> None:
    text = Path("dvc.yaml").read_text().replace("copy:", "merge:")
    Path("dvc.yaml").write_text(text)
    Path("raw").write_text("fail 3")
    assert run().returncode == 3
    assert [one.cause for one in outbox.causes(Path("state"))] == ["merge.blocked"]
    Path("raw").write_text("rows")
    assert run().returncode == 0
    assert outbox.causes(Path("state")) == []
    Path("data/staging").mkdir(parents=True, exist_ok=True)
    os.mkfifo("data/staging/pipe")
    assert run().returncode == 3
    [cause] = outbox.causes(Path("state"))
    assert "data/staging: pipe: neither a file nor a folder" in cause.text


@pytest.mark.parametrize(
    ("targets", "flags", "expected"),
    [
        ([], [], True),
        (["process"], [], True),
        (["merge", "process"], ["--single-item", "--force"], True),
        (["process"], ["--single-item"], False),  # refresh --skip-merge
        (["evaluate"], [], False),
    ],
)
def test_a_repro_of_all_and_a_refresh_begin_with_the_database(
    targets: list[str], flags: list[str], expected: bool
) -> None:
    assert repro.takes_in(targets, flags) is expected


def test_a_repro_takes_new_rows_and_ends_where_it_cannot(project: Path) -> None:
    Path("ops/sql").mkdir(parents=True)
    for name in ("ops/__init__.py", "ops/sql/__init__.py"):
        Path(name).touch()
    Path("ops/sql/command.py").write_text(
        "import pathlib, sys; sys.exit(int(pathlib.Path('code').read_text()))"
    )
    env = dict(os.environ)
    Path("params.yaml").write_text("source: {sql: []}")
    assert repro.take_rows(project, env) == 0
    Path("params.yaml").write_text("source: {sql: [1]}")
    Path("code").write_text("6")
    assert repro.take_rows(project, env) == 6


def test_a_warm_start_is_written_down_if_the_training_goes_well(project: Path) -> None:
    params = project / "params.yaml"
    cold = 'train_als: {warm_start: "off"}\ntrain_bpr: {warm_start: "off"}\n'
    params.write_text(cold)
    warm = cold
    for kind in ("als", "bpr"):
        manifest = Manifest(model_type=kind, sha256={"factors.npz": "0"})
        manifest.write(project / "models" / kind)
        warm = warm.replace('"off"', manifest.model_id, 1)
    (project / "raw").write_text("fail 3")
    failed = run("--warm-start", "evaluate")
    assert (failed.returncode, params.read_text()) == (3, cold)
    assert "params.yaml is as it was" in failed.stdout
    (project / "raw").write_text("rows")
    assert run("--warm-start", "evaluate").returncode == 0
    assert params.read_text() == warm
