"""The ratios that speed is judged by, of what bench/speed/report.py has measured."""

from collections.abc import Iterator
from typing import Any

HEAD = "| what | ratio | of |\n|---|---|---|"
Found = dict[str, dict[str, Any]]
Row = tuple[str, float, str]  # what, ratio, the two figures


def ratio(what: str, ours: float, other: float, unit: str) -> Row:
    """Ours over the other's, with both figures; infinite over nothing."""
    share = ours / other if other else float("inf")
    return what, share, f"{ours:,.2f} {unit} / {other:,.2f} {unit}"


def of_graph(found: dict[str, Any]) -> Iterator[Row]:
    """The whole graph beside the straight script, warm beside cold, and what little work costs."""
    warm, script = found["warm"]["whole graph"], found["straight"]
    units = {"wall": "s", "cpu": "CPU s", "peak": "MB"}
    for figure, unit in units.items():
        what = f"whole graph / straight script, {unit}"
        yield ratio(what, warm[figure], script[figure], unit)
    cold, after = found["cold"]["whole graph"], found["after a drop"]["whole graph"]
    yield ratio("whole graph, without / with kernels", cold["wall"], warm["wall"], "s")
    yield ratio(
        "whole graph, after a drop / from a fresh clone",
        after["wall"],
        warm["wall"],
        "s",
    )
    for what, cost in found["refresh"].items():
        yield ratio(f"{what} / whole graph", cost["wall"], warm["wall"], "s")
    idle = {name: cost["wall"] for name, cost in found["idle"].items()}
    bare = idle["dvc repro, bare project"]
    for name in ("dvc repro", "runner.py repro"):
        yield ratio(f"nothing to do: {name} / bare DVC project", idle[name], bare, "s")


def of_ranking(found: dict[str, Any]) -> Iterator[Row]:
    """Evaluation beside that of other libraries, and beside the bare product."""
    for size, row in found["sizes"].items():
        cpu = row["cpu"]
        for other in ("irspack", "implicit", "product"):
            if other in cpu:
                what = f"evaluation of {size} / {other}"
                yield ratio(what, cpu["ours"], cpu[other], "CPU s")


def rows(found: Found) -> Iterator[Row]:
    """The ratios of all parts that were measured and have not failed."""
    for part, ratios_of in (("graph", of_graph), ("ranking", of_ranking)):
        if part in found and "failed" not in found[part]:
            yield from ratios_of(found[part])


def lines(found: Found) -> Iterator[str]:
    """The ratios as lines of Markdown."""
    yield HEAD
    for what, share, figures in rows(found):
        yield f"| {what} | {share:.2f} | {figures} |"
