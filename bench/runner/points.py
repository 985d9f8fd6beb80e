"""The changes that a run makes to a project, and runs that are killed before one of them."""

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.runner import points_hook
from bench.runner.killing import WAIT_S, begun, family
from bench.speed.project import Project

LOOK_S = 0.005


@dataclass(frozen=True)
class Point:
    """A change of a run: the program, the kind and the path, and which of those alike it is."""

    line: str
    often: int

    def __str__(self) -> str:
        return f"{self.line}#{self.often}"

    @property
    def program(self) -> str:
        return self.line.partition("\t")[0]


def hooked(project: Project) -> None:
    """Let the project's Python processes note what they change."""
    folder = project.folder / ".hook"
    shutil.copyfile(points_hook.__file__, folder / "points_hook.py")
    custom = folder / "sitecustomize.py"
    custom.write_text(
        custom.read_text(encoding="utf-8") + "\nimport points_hook\n", encoding="utf-8"
    )


def points(
    project: Project, command: Sequence[str], folder: Path
) -> tuple[int, list[Point]]:
    """An undisturbed run: its exit code, and its changes in their order. `folder` is for notes."""
    code = begun(project, command, _notes(project, folder)).wait(WAIT_S)
    return code, list(numbered((folder / "journal").read_text("utf-8").splitlines()))


def numbered(lines: Sequence[str]) -> Iterator[Point]:
    """Each line with how often it has come."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen[line] += 1
        yield Point(line, seen[line])


def killed_at(
    project: Project, command: Sequence[str], point: Point, how: str, folder: Path
) -> int | None:
    """None if the run was killed before this change, all of its processes or (`how` is "one") the
    one that was about to make it; the exit code if it ended without coming there.
    """
    more = {"BENCH_POINT": str(point), "BENCH_HOW": how}
    process = begun(project, command, {**_notes(project, folder), **more})
    reached = folder / "reached"
    end = time.monotonic() + WAIT_S
    while process.poll() is None and not reached.exists():
        assert time.monotonic() < end, "it hangs"
        time.sleep(LOOK_S)
    if how == "all" and process.poll() is None:
        for victim in family(process.pid):
            with suppress(psutil.NoSuchProcess):
                victim.kill()
    code = process.wait(WAIT_S)
    return None if reached.exists() else code


def _notes(project: Project, folder: Path) -> Mapping[str, str]:
    """The environment of a run that notes in `folder`, which is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "journal").touch()
    return {"BENCH_POINTS": str(folder), "BENCH_ROOT": str(project.folder)}
