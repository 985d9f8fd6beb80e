"""`python runner.py reproduce MODEL_ID`: rebuild a model as it was made, and compare the hashes.

reads   mlruns/ (what the model was made of), git, .dvc/cache, data/
writes  nothing that stays: a folder state/reproduce-*, removed afterwards; of a shared store a copy
        of the model in mlruns/artifacts/

The code is that of the commit, params and data are those of dvc.lock of that day. Nothing is
downloaded, and the project's own files are not touched. Exit 3 if it is not the same, or if code or
data of that day are gone.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.reproduce import compare, record, sources
from ops.reproduce.compare import Finding
from ops.reproduce.plan import Plan, plan
from ops.reproduce.record import Record, Stage
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import read
from recsys.registry import copies

Model = Annotated[
    str, typer.Argument(metavar="MODEL_ID", help="E.g. als-0123456789ab.")
]
Everything = Annotated[
    bool, typer.Option("--all", help="Run the stages before training again too.")
]
ENGINE = "engine"  # a section of params.yaml
SAID = 300  # characters of what a stage said that are shown


def sections(stages: list[Stage]) -> dict[str, Any]:
    """params.yaml of that day, so far as the stages read it; a key with dots is of a section."""
    tree: dict[str, Any] = {}
    for stage in stages:
        for path, value in stage.params.items():
            *above, key = path.split(".")
            place = tree
            for name in above:
                place = place.setdefault(name, {})
            place[key] = value
    return tree


def with_todays_engine(tree: dict[str, Any], today: Path) -> dict[str, Any]:
    """The params with the keys of `engine` that no stage names, as they are today: they say where
    it is computed, and show in no byte.
    """
    if ENGINE not in tree:
        return tree
    return tree | {ENGINE: read(today).get(ENGINE, {}) | tree[ENGINE]}


def rebuild(stage: Stage, scratch: Path) -> None:
    """Run the command of a stage in the scratch folder. DataError if it fails."""
    program, *arguments = shlex.split(stage.command)
    if program != "python":
        raise DataError(
            f"{stage.name}: only `python -m ...` can be run again, not {stage.command!r}"
        )
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=scratch,
        env=os.environ | {"PYTHONPATH": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        errors="backslashreplace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataError(
            f"{stage.name} of that day fails now (exit {done.returncode}): {said[:SAID]}"
        )


def lay_out(made: Plan, found: Record, data: sources.Data, scratch: Path) -> str:
    """Code, params and data of that day in the scratch folder; where the code is from."""
    code = {entry.path: entry for stage in made.stages for entry in stage.code}
    origin = sources.lay_out_code(found, data.root, code.values(), scratch)
    for entry in made.inputs.values():
        data.lay_out(entry, scratch)
    tree = with_todays_engine(sections(made.stages), data.root / PARAMS_FILE)
    params = json.dumps(tree, indent=1)  # JSON is YAML
    (scratch / "params.yaml").write_text(params, encoding="utf-8")
    mlruns = data.root / "mlruns"
    (scratch / "mlruns").symlink_to(mlruns.resolve())  # a warm start reads it
    return origin


def planned(found: Record, data: sources.Data, everything: bool) -> Plan:
    """How to make the model again. DataError names what is gone."""
    made = plan(found.training, found.stages, data.has, everything)
    if made.missing:
        gone = {entry.path: entry for entry in made.missing}.values()
        told = ", ".join(f"{entry.path} (md5 {entry.md5[:12]})" for entry in gone)
        raise DataError(
            f"{found.model_id} cannot be rebuilt: the data of its day is gone from {data.cache} "
            f"and from data/: {told}; bring the cache back from a copy"
        )
    return made


def reproduce(
    model_id: str, root: Path, state: Path, everything: bool
) -> list[Finding]:
    """Rebuild the model and say what was done; a finding for each file. What a killed one left is
    removed first.
    """
    copies.bring(root / "mlruns", model_id)
    found = record.find(model_id, root / "mlruns")
    data = sources.Data(root.resolve())
    made = planned(found, data, everything)
    state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reproduce-", dir=state) as folder:
        scratch = Path(folder).resolve()
        print(f"code     {lay_out(made, found, data, scratch)}")
        print(
            f"params   {', '.join(sections(made.stages))}, as dvc.lock of that day has them"
        )
        print(f"data     {len(made.inputs)} files and folders by their hashes")
        print(f"run      {', '.join(stage.name for stage in made.stages)}", flush=True)
        for stage in made.stages:
            rebuild(stage, scratch)
        compared = compare.findings(made.stages, scratch)
        print("\n".join(["", *compare.table(compared)]))
        if any(each.verdict != "same" for each in compared):
            why = list(compare.reasons(found, scratch))
            print(
                "\n"
                + "\n".join(why or ["no package, machine or Python differs from then"])
            )
        return compared


def main(
    model_id: Model,
    everything: Everything = False,
    root: Annotated[Path, typer.Option(hidden=True)] = Path(),
    state: Annotated[Path, typer.Option(hidden=True)] = Path("state"),
) -> None:
    """Rebuild a model from its code, params and data, and compare the hashes.

    Exit 3 if it is not the same, or if what it was made of is gone.
    """
    for left in state.glob("reproduce-*"):
        shutil.rmtree(left, ignore_errors=True)
    compared = reproduce(model_id, root, state, everything)
    wrong = [each for each in compared if each.verdict != "same"]
    if wrong:
        raise DataError(
            f"{model_id}: {wrong[0].path} {wrong[0].verdict}, the first of {len(wrong)} of "
            f"{len(compared)} files; the reasons that are known stand above"
        )
    print(f"\nsame: {model_id} is what its code, params and data make")


if __name__ == "__main__":
    enter(main, "runner.py reproduce")
