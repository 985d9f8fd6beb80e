"""Two stages run at once where neither needs the other; what DVC records and says stays."""

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from ruamel.yaml import YAML

from ops.pipeline import ahead, begun, beside, progress
from recsys.files.atomic import read_json
from recsys.program import machine_room
from tests.ops.pipeline.dvc_project import began, dvc, empty, is_of
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(
    machine_room.cores() < 2, reason="two stages run at once only on two cores"
)

TURN_S = 20

STAGE = """\
import os, pathlib, sys, time
name, needs, other = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
with open("began", "a") as began:
    began.write(name + "\\n")
end = time.monotonic() + 60
while os.environ.get("TOGETHER") and other not in ["", *open("began").read().split()]:
    if time.monotonic() > end:
        sys.exit(9)
    time.sleep(0.01)
print(name, "on stdout")
print(name, "on stderr", file=sys.stderr, flush=True)
if os.environ.get("SLOW") == name:
    time.sleep(1)
if os.environ.get("SLEEPS") == name:
    time.sleep(3600)
if os.environ.get("FAILS") == name:
    sys.exit(3)
text = "".join(pathlib.Path(need).read_text() for need in needs) + name + "\\n"
pathlib.Path(name + ".part").write_text(text)
pathlib.Path(name + ".part").rename(name)
"""
NEEDS = {
    "first": ["raw"],
    "left": ["first"],
    "right": ["first"],
    "last": ["left", "right"],
}
OTHER = {"left": "right", "right": "left"}  # in DVC's order


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four stages, of which two are between the first and the last; each waits for whom it should
    run beside, if TOGETHER is set.
    """
    folder = empty(tmp_path, monkeypatch)
    (folder / "stage.py").write_text(STAGE)
    (folder / "raw").write_text("raw\n")
    written(folder, persist=True)
    return folder


def written(folder: Path, persist: bool, more: str = "") -> None:
    """dvc.yaml; `more` comes after each command."""
    stages = {
        name: {
            "cmd": f"{sys.executable} stage.py {name} {','.join(needs)} "
            f"'{OTHER.get(name, '')}' {more}",
            "deps": needs,
            "outs": [{name: {"persist": persist}}],
        }
        for name, needs in NEEDS.items()
    }
    with (folder / "dvc.yaml").open("w") as file:
        YAML().dump({"stages": stages}, file)


def test_stages_that_do_not_need_each_other_run_at_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER", "1")
    done = dvc(project, "repro")
    assert done.returncode == 0, done.stderr
    assert sorted(began(project)) == sorted(NEEDS)
    assert (
        project / "last"
    ).read_text() == "raw\nfirst\nleft\nraw\nfirst\nright\nlast\n"


def test_the_time_of_each_is_kept(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER", "1")
    monkeypatch.setenv(progress.VARIABLE, str(project / "times.json"))
    begin = time.monotonic()
    dvc(project, "repro")
    whole = time.monotonic() - begin
    times = read_json(project / "times.json")
    assert set(times) == set(NEEDS)
    assert all(0.01 < took < whole for took in times.values())


def test_what_is_recorded_and_said_is_as_by_dvc_alone(
    project: Path, tmp_path: Path
) -> None:
    done = dvc(project, "repro")
    lock = (project / "dvc.lock").read_text()
    (project / "dvc.lock").unlink()
    for name in NEEDS:
        (project / name).unlink()
    alone = dvc(project, "repro", module="dvc")
    assert (project / "dvc.lock").read_text() == lock
    for name in NEEDS:
        assert done.stdout.index(f"Running stage '{name}'") < done.stdout.index(
            f"{name} on stdout"
        )
    hints = [line for line in alone.stdout.splitlines() if "dvc push" not in line]
    assert done.stdout.splitlines() == hints
    assert done.stderr.splitlines() == alone.stderr.splitlines()


def test_a_failure_ends_what_runs_beside_it_and_is_blamed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER", "1")
    first, second = OTHER
    monkeypatch.setenv("FAILS", first)
    monkeypatch.setenv("SLEEPS", second)
    begin = time.monotonic()
    done = dvc(project, "repro")
    assert time.monotonic() - begin < TURN_S
    assert done.returncode != 0
    assert f"failed to reproduce '{first}'" in done.stderr
    assert not (project / second).exists() and f"{second} on" not in done.stdout
    assert second in began(project) and "last" not in began(project)
    assert not [one for one in psutil.process_iter() if is_of(one, project)]


def test_one_that_fails_beside_another_is_blamed_in_its_turn(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER", "1")
    first, second = OTHER
    monkeypatch.setenv("FAILS", second)
    done = dvc(project, "repro")
    assert f"failed to reproduce '{second}'" in done.stderr
    assert "exited with 3" in done.stderr
    lock = (project / "dvc.lock").read_text()
    assert f"  {first}:" in lock and f"  {second}:" not in lock
    monkeypatch.delenv("FAILS")
    assert dvc(project, "repro").returncode == 0
    assert began(project).count(first) == 1 and began(project).count(second) == 2


def test_what_has_not_changed_is_not_begun(project: Path) -> None:
    dvc(project, "repro")
    text = (project / "dvc.yaml").read_text()
    (project / "dvc.yaml").write_text(text.replace("py left first", "py left  first"))
    done = dvc(project, "repro")
    assert began(project)[len(NEEDS) :] == ["left"]
    assert "Stage 'right' didn't change" in done.stdout


def test_nothing_is_begun_before_what_it_needs_is_made_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands there of the run before is not taken for it."""
    dvc(project, "repro")
    (project / "raw").write_text("other\n")
    (project / "stage.py").write_text(STAGE + "\n")
    written(project, persist=True, more="''")  # all change at once
    monkeypatch.setenv("SLOW", "first")
    assert dvc(project, "repro").returncode == 0
    assert "raw" not in (project / "last").read_text()
    assert began(project).count("left") == began(project).count("last") == 2


def test_outs_that_only_have_to_come_back_from_the_cache_are_made_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dvc(project, "repro")
    for name in OTHER:
        (project / name).unlink()
    first, second = OTHER
    monkeypatch.setenv("SLOW", first)  # the other one is over before its turn
    done = dvc(project, "repro")
    assert done.returncode == 0
    assert f"{second} on stdout" in done.stdout
    assert sorted(began(project)[len(NEEDS) :]) == sorted(OTHER)  # persist: DVC runs it


def test_outs_that_dvc_removes_are_made_in_turn(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(project, persist=False)
    order = list(OTHER)
    monkeypatch.setenv("SLEEPS", order[0])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ops.pipeline.roomy_dvc", "repro"],
        cwd=project,
        stdout=subprocess.DEVNULL,
    )
    while not (project / "began").exists() or order[0] not in began(project):
        time.sleep(0.01)
    time.sleep(0.5)
    assert began(project) == ["first", order[0]]
    for one in psutil.Process(process.pid).children(recursive=True):
        one.kill()
    assert process.wait() != 0


@pytest.mark.parametrize("step", ["next_after", "begin_beside"])
def test_without_room_for_another_process_it_runs_in_its_turn(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """And so where a file that another stage reads goes while it is looked at."""

    def full(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(ahead.Ahead, step, full)
    ran = ahead.Ahead(None).running(lambda stage: f"{stage.addressing} ran")
    assert ran(SimpleNamespace(addressing="a stage")) == "a stage ran"


def test_what_could_not_be_begun_is_begun_as_soon_as_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system has room for another process a moment later."""
    tries = iter([OSError(11, "Resource temporarily unavailable"), "begun"])

    def begin(_: object) -> str:
        found = next(tries)
        if isinstance(found, OSError):
            raise found
        return str(found)

    house = ahead.Ahead(None)
    monkeypatch.setattr(house, "copy", begin)
    monkeypatch.setattr(beside, "size", lambda _: 0)
    monkeypatch.setattr(beside, "has_room", lambda _: True)
    house.ready = SimpleNamespace(addressing="later")
    with house.looking(SimpleNamespace(addressing="a stage")):
        wait_for(lambda: house.begun)
    assert house.begun == {"later": "begun"} and house.ready is None


def test_nothing_begins_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch may still be at it when DVC is interrupted."""
    house = ahead.Ahead(None)
    monkeypatch.setattr(house, "copy", lambda _: "begun")
    monkeypatch.setattr(beside, "size", lambda _: 0)
    monkeypatch.setattr(beside, "has_room", lambda _: True)
    house.end()
    house.ready = SimpleNamespace(addressing="later")
    with house.looking(SimpleNamespace(addressing="a stage")):
        time.sleep(0.2)
    assert house.begun == {}


def test_one_that_is_interrupted_in_its_turn_is_ended() -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    run = SimpleNamespace(logger=SimpleNamespace(info=interrupted))
    house = ahead.Ahead(run)
    one = begun.running_one(["sleep", "99"], {})
    house.begun["a stage"] = one
    with pytest.raises(KeyboardInterrupt):
        house.commanding(interrupted)(SimpleNamespace(addressing="a stage"))
    assert not one.is_running
