"""The house stands as README draws it: floors, deps, params, commands."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench.house import advice, checks, glossary
from bench.house.imports import ROOT, transitive
from ops.pipeline import check as ops_check
from ops.pipeline import publishing
from recsys.program import params
from stages import check as stages_check

PURE = (
    *("merge", "process", "embed", "train_als", "train_bpr", "blend"),
    *("evaluate", "drift"),
)
OWN_PARAMS = {  # the others have a section of their name
    "merge": ["merge", "source"],
    "train_als": ["train_als", "engine.name", "engine.blocks"],
}
STAGES = (*PURE, "publish")  # the last speaks to MLflow; it has no section and no outs
HEAVY = {
    "mlflow",
    "torch",
    "transformers",
    "pandas",
    "polars",
    "numpy",
    "scipy",
    "sklearn",
    "implicit",
    "pyarrow",
}


def dvc_yaml() -> dict:
    return YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]


def house_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_the_nine_stages():
    assert tuple(dvc_yaml()) == STAGES


def code_deps(stage: str) -> set[str]:
    """What of this house a stage lists among its deps: folders (wings) and single files."""
    return {
        dep
        for dep in dvc_yaml()[stage]["deps"]
        if dep.split("/")[0] in ("recsys", "stages")
    }


def says_nothing(path: Path) -> bool:
    """Whether no result can depend on a file of its own: it is a docstring, or it begins a program
    (by code of recsys/program, a dep of every stage).
    """
    body = ast.parse(path.read_text(encoding="utf-8")).body
    statements = [ast.unparse(node) for node in body if not isinstance(node, ast.Expr)]
    calls = [ast.unparse(node) for node in body[1:] if isinstance(node, ast.Expr)]
    return (statements, calls) in (
        ([], []),
        (
            [
                "from recsys.program import arenas, collector, determinism, unused_modules"
            ],
            [
                "arenas.use_one()",
                "determinism.apply()",
                "collector.look_rarely()",
                "unused_modules.load_when_used()",
            ],
        ),
    )


@pytest.mark.parametrize("stage", STAGES)
def test_code_deps_are_the_wings_that_a_stage_imports(stage):
    loaded = [
        p for p in transitive(ROOT / "stages" / f"{stage}.py") if not says_nothing(p)
    ]
    parts = [path.relative_to(ROOT).parts for path in loaded]
    wanted = {"/".join(each[:2]) for each in parts}
    message = f"write {sorted(wanted)} into dvc.yaml at {stage}, then run `make repro`"
    assert code_deps(stage) == wanted, message


@pytest.mark.parametrize("stage", STAGES)
def test_every_path_of_a_command_is_a_dep_or_an_out(stage):
    spec = dvc_yaml()[stage]
    known = [
        *spec["deps"],
        *(
            next(iter(out))
            for kind in ("outs", "metrics", "plots")
            for out in spec.get(kind, ())
        ),
    ]
    for path in spec["cmd"].split()[3:]:
        if path.startswith(
            "data/cache/"
        ):  # speed, never results: not declared on purpose
            continue
        if (
            path == "mlruns"
        ):  # a warm start reads the model there that params.yaml names by its content
            continue
        assert any(entry == path or entry.startswith(f"{path}/") for entry in known), (
            f"{stage}: {path}"
        )


@pytest.mark.parametrize("stage", STAGES)
def test_outs_outlive_a_failed_stage(stage):
    for kind in ("outs", "metrics", "plots"):
        for out in dvc_yaml()[stage].get(kind, ()):
            assert next(iter(out.values()))["persist"], out


@pytest.mark.parametrize("stage", PURE)
def test_a_stage_has_its_params_section(stage):
    assert dvc_yaml()[stage]["params"] == OWN_PARAMS.get(stage, [stage])


def test_publish_has_no_outs_and_the_runner_calls_it_as_dvc_does():
    stage = dvc_yaml()["publish"]
    assert stage.keys() == {"cmd", "deps", "params"}
    assert stage["cmd"] == " ".join(("python", *publishing.PUBLISH))


def test_only_publish_depends_on_the_registry():
    assert [name for name in STAGES if "recsys/registry" in code_deps(name)] == [
        "publish"
    ]


def test_the_floors_of_the_house_hold():
    """The contracts of pyproject.toml: floors, wings, no circles."""
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_runner_stands_on_ops_alone():
    above = {house_of(path) for path in transitive(ROOT / "runner.py")}
    assert not above & {"stages", "bench", "service"}


def test_the_service_stands_on_recsys_alone():
    above = {house_of(path) for path in transitive(ROOT / "service.py")}
    assert above == {"service", "recsys"}


def test_no_module_is_long():
    assert checks.long_modules(ROOT) == []


def test_every_module_has_a_test_file_of_its_own():
    assert checks.modules_without_test(ROOT) == []


def test_every_key_of_params_yaml_is_read():
    assert checks.unread_params(ROOT) == []


def test_every_command_option_and_file_that_is_advised_exists():
    assert advice.wrong_advice(ROOT) == []


@pytest.mark.parametrize("term", glossary.terms(ROOT))
def test_a_term_of_the_glossary_is_used(term):
    """A term that neither code nor params nor another page uses has no place in the glossary."""
    assert glossary.uses_of(ROOT, term), f"docs/glossary.md: nobody says {term!r}"


def test_no_other_word_is_used_for_a_term_of_the_glossary():
    assert glossary.other_words(ROOT) == []


def test_the_runner_stays_light():
    code = (
        "import sys, runner, ops.scheduler.loop, ops.explain.status, ops.doctor.command\n"
        "print(sorted(name for name in sys.modules if '.' not in name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not HEAVY & set(re.findall(r"'(\w+)'", done.stdout))


def test_params_yaml_has_every_section_in_order():
    sections = list(params.read(ROOT / "params.yaml"))
    known = [stages_check.SECTIONS, ops_check.SECTIONS]
    assert sorted(sections) == sorted(name for house in known for name in house)
    for house in known:
        assert [name for name in sections if name in house] == list(house)


def test_params_yaml_is_valid():
    done = subprocess.run(
        [sys.executable, "runner.py", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_lock_file_pins_what_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in asked}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    }
    assert names <= pinned


def readme_commands() -> list[str]:
    blocks = re.findall(
        r"```(?:sh|console)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    lines = [
        line.strip().removeprefix("$ ")
        for block in blocks
        for line in block.splitlines()
    ]
    return [
        line.split("#")[0].strip()
        for line in lines
        if line and not line.startswith("#")
    ]


def test_readme_commands_exist():
    targets = set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    help_text = subprocess.run(
        [sys.executable, "runner.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    commands = readme_commands()
    assert "make repro" in commands and "make test" in commands
    for command in commands:
        if found := re.match(r"make (\w+)", command):
            assert found[1] in targets, command
        if found := re.search(r"runner\.py (\w+)", command):
            assert re.search(rf"\b{found[1]}\b", help_text), command
        if found := re.search(r"python -m ((?:bench|stages|ops)[\w.]*)", command):
            assert (ROOT / f"{found[1].replace('.', '/')}.py").exists(), command


def test_readme_names_every_stage_and_exit_code():
    text = (ROOT / "README.md").read_text()
    for word in (
        *STAGES,
        "recall_at_10",
        "ndcg_at_10",
        "champion",
        "challenger",
        "quarantine",
    ):
        assert word in text, word
