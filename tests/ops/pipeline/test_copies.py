"""What stages import is loaded once, while one runs; each is what it would be alone."""

from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from ops.pipeline import beside, copies, forks
from tests.ops.pipeline.dvc_project import NOTES, began, dvc, empty, is_of

pytestmark = pytest.mark.skipif(not forks.is_possible(), reason="no forks here")

SHELLS = "/bin/sh", "/bin/bash"
# loads when it is imported by the server; waits for a note if NAME_WAITS names one
STAGE = f"""\
import os, signal, time
import heavy
{NOTES}
if __name__ == "__main__":
    name, needs = sys.argv[1:]
    note("runs")
    end = time.monotonic() + 60
    awaited = os.environ.get(name + "_WAITS", "")
    while awaited not in ["", *open("began").read().split()]:
        if time.monotonic() > end:
            sys.exit(9)
        time.sleep(0.01)
    exec(os.environ.get(name + "_DOES", ""))
    text = pathlib.Path(needs).read_text().strip() + name
    pathlib.Path(name + ".part").write_text(text)
    pathlib.Path(name + ".part").rename(name)
    note("ends")
"""
HEAVY = """\
with open("began", "a") as began:
    began.write("heavy\\n")
"""


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """process, evaluate and publish, each of which needs the one before."""
    project = empty(tmp_path, monkeypatch)
    (project / "raw").write_text("raw\n")
    (project / "stages").mkdir()
    (project / "stages/__init__.py").touch()
    (project / "heavy.py").write_text(HEAVY)
    chained(project)
    return project


def chained(project: Path, more: str = "", **others: list[str]) -> None:
    """dvc.yaml of the chain; `more` is another argument of its first command, `others` are more
    stages, or other needs.
    """
    needs = {"process": ["raw"], "evaluate": ["process"], "publish": ["evaluate"]}
    needs |= others
    stages = {
        name: {
            "cmd": f"python -m stages.{name} {name} {of[0]}{more if of == ['raw'] else ''}",
            "deps": of,
            "outs": [{name: {"persist": True}}],
        }
        for name, of in needs.items()
    }
    for name in needs:
        (project / f"stages/{name}.py").write_text(STAGE)
    with (project / "dvc.yaml").open("w") as file:
        YAML().dump({"stages": stages}, file)


def test_it_is_loaded_once_and_while_the_first_one_runs(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("process_WAITS", "evaluate-loads")
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    assert notes.count("heavy") == 1
    runs = [note for note in notes if note.endswith(("-runs", "-ends"))]
    names = ("process", "evaluate", "publish")
    assert runs == [f"{name}-{what}" for name in names for what in ("runs", "ends")]
    assert (chain / "publish").read_text() == "rawprocessevaluatepublish"


def test_what_is_recorded_and_made_is_as_by_dvc_alone(chain: Path) -> None:
    outs = ("process", "evaluate", "publish")
    dvc(chain, "repro")
    made = [(chain / name).read_text() for name in ("dvc.lock", *outs)]
    (chain / "dvc.lock").unlink()
    for name in outs:
        (chain / name).unlink()
    notes = began(chain)
    dvc(chain, "repro", module="dvc")
    assert [(chain / name).read_text() for name in ("dvc.lock", *outs)] == made
    assert began(chain)[len(notes) :].count("heavy") == len(outs)


def test_what_loads_long_does_so_beside_and_runs_in_its_turn(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("process_WAITS", "publish-loads")
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    assert notes.index("publish-loads") < notes.index("process-ends")
    assert notes.index("evaluate-ends") < notes.index("publish-runs")
    assert notes.count("heavy") == notes.count("publish-loads") == 1


def test_what_loads_long_does_so_only_when_its_turn_is_near(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then others need the core, and the memory."""
    chained(chain, embed=["process"], blend=["embed"], evaluate=["blend"])
    monkeypatch.setenv("process_WAITS", "evaluate-loads")
    monkeypatch.setenv("process_DOES", "time.sleep(0.3)")
    monkeypatch.setenv("embed_WAITS", "publish-loads")
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    assert notes.index("process-ends") < notes.index("publish-loads")
    assert (chain / "publish").read_text() == "rawprocessembedblendevaluatepublish"


def test_one_that_loads_long_and_need_not_run_ends(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dvc(chain, "repro")
    chained(chain, more=" again")  # and makes the same
    monkeypatch.setenv("process_WAITS", "publish-loads")
    (chain / "stages/process.py").write_text(
        STAGE.replace("name, needs = sys.argv[1:]", "name, needs, _ = sys.argv[1:]")
    )
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    assert "Stage 'publish' didn't change" in done.stdout
    assert began(chain).count("publish-runs") == 1
    assert not [one for one in psutil.process_iter() if is_of(one, chain)]


@pytest.mark.parametrize("shell", [one for one in SHELLS if Path(one).exists()])
def test_another_runs_beside_meanwhile(
    chain: Path, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With whatever shell DVC would run commands."""
    monkeypatch.setenv("SHELL", shell)
    monkeypatch.setenv("process_WAITS", "drift-ends")
    chained(chain, drift=["raw"])
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    assert began(chain).count("heavy") == 1
    assert (chain / "drift").read_text() == "rawdrift"


def test_it_loads_as_soon_as_there_is_memory(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only if there is some when a stage begins."""
    (chain / "full").touch()
    waits = "time.sleep(0.3); pathlib.Path('full').unlink()"
    monkeypatch.setenv(
        "process_DOES",
        f"{waits}\nwhile 'evaluate-loads' not in open('began').read(): time.sleep(0.01)",
    )
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    assert notes.index("process-runs") < notes.index("evaluate-loads")
    assert notes.index("evaluate-loads") < notes.index("process-ends")


def test_code_that_changes_meanwhile_is_run_as_it_is(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("process_WAITS", "publish-loads")
    for name in ("evaluate", "publish"):
        (chain / f"{name}.py").write_text(STAGE.replace("+ name", "+ name.upper()"))
    moves = "pathlib.Path('{0}.py').replace('stages/{0}.py'); os.utime('stages/{0}.py')"
    monkeypatch.setenv(
        "process_DOES",
        "\n".join(moves.format(name) for name in ("evaluate", "publish")),
    )
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    assert (chain / "publish").read_text() == "rawprocessEVALUATEPUBLISH"


def test_one_that_could_not_be_loaded_runs_and_says_why(chain: Path) -> None:
    (chain / "stages/evaluate.py").write_text("import nothing_like_it")
    done = dvc(chain, "repro")
    assert "No module named 'nothing_like_it'" in done.stderr
    assert "failed to reproduce 'evaluate'" in done.stderr
    assert (chain / "process").read_text() == "rawprocess"


def test_its_exit_code_is_passed_on_and_nothing_stays_behind(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("evaluate_DOES", "print('said', flush=True); sys.exit(7)")
    done = dvc(chain, "repro")
    assert "exited with 7" in done.stderr
    assert "said" in done.stdout.splitlines()
    assert not (chain / "publish").exists()
    assert not [one for one in psutil.process_iter() if is_of(one, chain)]


def test_one_whose_server_is_killed_fails_and_runs_next_time(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever is short of memory; the stages after it are programs of their own."""
    kills = "os.kill(os.getppid(), signal.SIGKILL)"
    monkeypatch.setenv("evaluate_DOES", kills)
    done = dvc(chain, "repro")
    assert f"exited with {forks.GONE}" in done.stderr
    monkeypatch.delenv("evaluate_DOES")
    assert dvc(chain, "repro").returncode == 0
    assert (chain / "publish").read_text() == "rawprocessevaluatepublish"


def test_a_command_for_a_shell_is_a_program_of_its_own(chain: Path) -> None:
    text = (chain / "dvc.yaml").read_text()
    (chain / "dvc.yaml").write_text(
        text.replace("evaluate process", "evaluate 'process'")
    )
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    assert began(chain).count("heavy") == 2
    assert (chain / "publish").read_text() == "rawprocessevaluatepublish"


@pytest.mark.parametrize("module", sorted(copies.FORKED))
def test_those_that_may_be_copies_are_stages_of_ours(module: str) -> None:
    """Each can be imported without running it."""
    with (ROOT / "dvc.yaml").open(encoding="utf-8") as file:
        stages = YAML(typ="safe").load(file)["stages"]
    assert [one for one in stages.values() if beside.module_of(one["cmd"]) == module]
    text = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text()
    assert "enter(main" in text.rpartition('if __name__ == "__main__":')[2]


def test_every_stage_is_one() -> None:
    with (ROOT / "dvc.yaml").open(encoding="utf-8") as file:
        stages = YAML(typ="safe").load(file)["stages"]
    commands = [" ".join(one["cmd"].split()) for one in stages.values()]
    assert {forks.plain_module(one) for one in commands} == copies.FORKED
    assert copies.LOADS_LONG <= copies.FORKED
