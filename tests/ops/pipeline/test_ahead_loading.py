"""The next stage loads while one runs, begins in its turn, and ends where it need not run."""

from itertools import product
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
from ops.pipeline import ahead, beside
from recsys.program import machine_room
from tests.ops.pipeline import dvc_project
from tests.ops.pipeline.dvc_project import dvc, empty, is_of

pytestmark = pytest.mark.skipif(
    machine_room.cores() < 2, reason="two stages run at once only on two cores"
)

SHELLS = "/bin/sh", "/bin/bash"
WAITS = """\
import pathlib, sys, time
from recsys.program import waiting
name, needs = sys.argv[1], sys.argv[2]

def note(what):
    with open("began", "a") as began:
        began.write(name + "-" + what + "\\n")

def runs_before(one, other):
    notes = open("began").read().split()
    return notes.count(one) > notes.count(other)

waiting.until_told(lambda: note("loads"))
note("runs")
end = time.monotonic() + 60
while name == "process" and runs_before("process-runs", "evaluate-loads"):
    if time.monotonic() > end:
        sys.exit(9)
    time.sleep(0.01)
text = pathlib.Path(needs).read_text()
pathlib.Path(name + ".part").write_text(text.strip() + name)
pathlib.Path(name + ".part").rename(name)
note("ends")
"""


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """process and evaluate, of which the second needs the first; the first waits until the second
    has loaded.
    """
    project = empty(tmp_path, monkeypatch)
    (project / "raw").write_text("raw\n")
    (project / "stages").mkdir()
    (project / "stages/__init__.py").touch()
    for name in ("process", "evaluate"):
        (project / f"stages/{name}.py").write_text(WAITS)
    chained(project)
    return project


def began(project: Path) -> list[str]:
    """What its stages have written down, in order; that the first one loads beside DVC itself is
    left out (tests/ops/pipeline/test_foreseen.py).
    """
    return [note for note in dvc_project.began(project) if note != "process-loads"]


def chained(project: Path, more: str = "", **others: list[str]) -> None:
    """dvc.yaml of the chain; `more` is another argument of its first command, `others` are more
    stages, or other needs.
    """
    needs = {"process": ["raw"], "evaluate": ["process"]} | others
    stages = {
        name: {
            "cmd": f"python -m stages.{name} {name} {of[0]}{more if of == ['raw'] else ''}",
            "deps": of,
            "outs": [{name: {"persist": True}}],
        }
        for name, of in needs.items()
    }
    with (project / "dvc.yaml").open("w") as file:
        YAML().dump({"stages": stages}, file)


def test_the_next_stage_loads_meanwhile_and_begins_in_its_turn(chain: Path) -> None:
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    assert began(chain)[2:] == ["process-ends", "evaluate-runs", "evaluate-ends"]
    assert sorted(began(chain)[:2]) == ["evaluate-loads", "process-runs"]
    assert (chain / "evaluate").read_text() == "rawprocessevaluate"


def test_it_loads_when_what_ran_beside_is_over(chain: Path) -> None:
    """Not only when a stage begins; and what has loaded is not started anew."""
    (chain / "stages/embed.py").write_text(WAITS)
    chained(chain, embed=["raw"], evaluate=["process", "embed"])
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    each = product(("process", "embed", "evaluate"), ("runs", "ends"))
    assert sorted(notes) == sorted(["evaluate-loads", *map("-".join, each)])
    assert notes.index("embed-ends") < notes.index("evaluate-loads")
    assert notes.index("evaluate-loads") < notes.index("process-ends")
    assert (chain / "evaluate").read_text() == "rawprocessevaluate"


@pytest.mark.parametrize("shell", [one for one in SHELLS if Path(one).exists()])
def test_a_later_one_runs_when_the_next_one_has_loaded(
    chain: Path, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first waits until it does; what only waits for its turn is in nobody's way."""
    monkeypatch.setenv("SHELL", shell)  # with which DVC runs commands
    waits = WAITS.replace('"evaluate-loads"', '"drift-runs"')
    (chain / "stages/process.py").write_text(waits)
    (chain / "stages/drift.py").write_text(WAITS)
    chained(chain, drift=["raw"])
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    assert notes.index("evaluate-loads") < notes.index("drift-runs")
    assert notes.index("drift-runs") < notes.index("process-ends")


def test_it_loads_as_soon_as_there_is_memory(chain: Path) -> None:
    """Not only if there is some when a stage begins."""
    text = WAITS.replace('note("runs")', 'note("runs"); time.sleep(0.3); free()', 1)
    frees = 'def free():\n    pathlib.Path("full").unlink()\n\n'
    (chain / "stages/process.py").write_text(
        text.replace("def note", frees + "def note")
    )
    (chain / "full").touch()
    done = dvc(chain, "repro")
    assert done.returncode == 0, done.stderr
    notes = began(chain)
    assert notes.index("process-runs") < notes.index("evaluate-loads")
    assert notes.index("evaluate-loads") < notes.index("process-ends")


def test_one_that_need_not_run_after_all_does_not(chain: Path) -> None:
    dvc(chain, "repro")
    chained(chain, more=" again")
    done = dvc(chain, "repro")
    assert "Stage 'evaluate' didn't change" in done.stdout
    assert began(chain)[7:] == ["process-ends"]
    assert sorted(began(chain)[5:7]) == ["evaluate-loads", "process-runs"]
    assert not [one for one in psutil.process_iter() if is_of(one, chain)]


def test_one_that_could_not_load_runs_and_says_why(chain: Path) -> None:
    """It runs in its turn as without all this, and it is blamed then."""
    dvc(chain, "repro")
    text = (chain / "stages/evaluate.py").read_text()
    (chain / "stages/process.py").write_text(
        text.replace("while name", "while 0 and name")
    )
    (chain / "raw").write_text("other")
    (chain / "stages/evaluate.py").write_text("import nothing_like_it")
    done = dvc(chain, "repro")
    assert "No module named 'nothing_like_it'" in done.stderr
    assert "failed to reproduce 'evaluate'" in done.stderr
    assert (chain / "process").read_text() == "otherprocess"


@pytest.mark.parametrize("module", sorted(ahead.LOADS))
def test_those_that_may_wait_do(module: str) -> None:
    """Each is a stage of ours, and its way in is the one that waits."""
    with (ROOT / "dvc.yaml").open(encoding="utf-8") as file:
        stages = YAML(typ="safe").load(file)["stages"]
    assert [one for one in stages.values() if beside.module_of(one["cmd"]) == module]
    text = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text()
    assert "enter(main" in text.rpartition('if __name__ == "__main__":')[2]
