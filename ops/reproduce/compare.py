"""Whether what was rebuilt is what was made then, and what may be the reason if not."""

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ops.reproduce.hashes import md5_of_any
from ops.reproduce.record import Record, Stage
from ops.terminal import aligned

# whose versions may change the bits of a model
COUNT = (
    "implicit",
    "llvmlite",
    "numba",
    "numpy",
    "polars",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "torch",
    "transformers",
)


@dataclass(frozen=True)
class Finding:
    """One out: its hash then and now."""

    stage: str
    path: str
    then: str
    now: str | None

    @property
    def verdict(self) -> str:
        if self.now is None:
            return "missing"
        return "same" if self.now == self.then else "differs"


def findings(stages: list[Stage], scratch: Path) -> list[Finding]:
    """A finding for each out of the stages that were run again."""
    return [
        Finding(stage.name, out.path, out.md5, md5_of_any(scratch / out.path))
        for stage in stages
        for out in stage.outs
    ]


def table(found: list[Finding]) -> list[str]:
    """A line for each out."""
    rows = [(each.verdict, each.path, each.then, each.now or "-") for each in found]
    return aligned([("VERDICT", "FILE", "MD5 THEN", "MD5 NOW"), *rows])


def reasons(record: Record, scratch: Path) -> Iterator[str]:
    """What is otherwise than then, and may change the bits."""
    if record.python and record.python != platform.python_version():
        yield f"Python {record.python} then, {platform.python_version()} now"
    if record.machine and record.machine != platform.machine():
        yield f"a machine of kind {record.machine} then, {platform.machine()} now"
    lock = scratch / "requirements.lock"
    text = lock.read_text(encoding="utf-8") if lock.exists() else ""
    for name in COUNT:
        then = re.search(rf"^{re.escape(name)}==(\S+)$", text, re.MULTILINE)
        now = installed(name)
        if then and now and then[1] != now:
            yield f"{name} {then[1]} then, {now} now"


def installed(name: str) -> str | None:
    """The version of a package; None if it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
