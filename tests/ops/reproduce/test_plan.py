"""The nearest way back to a model: from the cache, else by the stages that make what it lost."""

from collections.abc import Callable

import pytest

from ops.reproduce.plan import plan
from ops.reproduce.record import Entry, Stage


def stage(name: str, deps: str, outs: str) -> Stage:
    def entries(paths: str) -> tuple[Entry, ...]:
        return tuple(Entry(path, f"md5 of {path}") for path in paths.split())

    return Stage(name, f"python -m stages.{name}", entries(deps), entries(outs), {})


STAGES = {
    each.name: each
    for each in (
        stage("merge", "raw recsys/x stages/merge.py", "merged products"),
        stage("process", "merged recsys/x", "x y"),
        stage("embed", "products", "vectors"),
        stage("train_als", "x y vectors recsys/als", "model"),
    )
}


def has(*paths: str) -> Callable[[Entry], bool]:
    return lambda entry: entry.path in paths


CASES = [
    # there is          everything  laid out            run
    ("x y vectors", False, "x y vectors", "train_als"),
    ("x y products", False, "x y products", "embed train_als"),
    ("raw x y vectors", False, "x y vectors", "train_als"),
    ("raw", False, "raw", "merge process embed train_als"),
    ("raw x y vectors", True, "raw", "merge process embed train_als"),
    ("merged x y vectors", True, "merged vectors", "process train_als"),
    ("merged products x", True, "merged products", "process embed train_als"),
]


@pytest.mark.parametrize(("there", "everything", "inputs", "run"), CASES)
def test_the_way_that_is_taken(
    there: str, everything: bool, inputs: str, run: str
) -> None:
    made = plan(STAGES["train_als"], STAGES, has(*there.split()), everything)
    assert [each.name for each in made.stages] == run.split()
    assert list(made.inputs) == inputs.split()
    assert made.missing == []


def test_what_nobody_has_and_no_stage_makes_is_named() -> None:
    made = plan(STAGES["train_als"], STAGES, has("vectors"), everything=False)
    assert {entry.path for entry in made.missing} == {"raw"}
