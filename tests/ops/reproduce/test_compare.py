"""What was rebuilt is compared file by file; what is otherwise than then is named."""

import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from ops.reproduce import compare, record
from ops.reproduce.compare import Finding
from ops.reproduce.record import Entry, Stage
from tests.ops.reproduce.worlds import Project


def test_verdicts() -> None:
    assert Finding("s", "a", "x", "x").verdict == "same"
    assert Finding("s", "a", "x", "y").verdict == "differs"
    assert Finding("s", "a", "x", None).verdict == "missing"


def test_each_out_is_compared(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    outs = (Entry("a", empty), Entry("b", empty))
    found = compare.findings([Stage("s", "", (), outs, {})], tmp_path)
    assert [(each.path, each.verdict) for each in found] == [
        *(("a", "same"), ("b", "missing"))
    ]
    assert [line.split() for line in compare.table(found)] == [
        ["VERDICT", "FILE", "MD5", "THEN", "MD5", "NOW"],
        ["same", "a", empty, empty],
        ["missing", "b", empty, "-"],
    ]


def test_packages_python_and_machine_that_differ(
    project: Project, tmp_path: Path
) -> None:
    found = record.find(project.publish(), project.root / "mlruns")
    assert list(compare.reasons(found, tmp_path)) == []
    then = replace(found, python="3.0", machine="abacus")
    assert list(compare.reasons(then, project.root)) == [
        f"Python 3.0 then, {platform.python_version()} now",
        f"a machine of kind abacus then, {platform.machine()} now",
        f"numpy 1.0.0 then, {version('numpy')} now",
    ]
