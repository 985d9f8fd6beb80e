"""On what machine and by which versions figures were made."""

import os
import platform
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "polars",
    "implicit",
    "irspack",
    "dvc",
    "mlflow",
)
CPU_INFO = Path("/proc/cpuinfo")
NOT_THERE = "not installed"


def cpu_model() -> str:
    """What the processor calls itself."""
    try:
        lines = CPU_INFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return (names[0] if names else platform.processor()).strip() or "unknown"


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def version(library: str) -> str:
    """The version that is installed, NOT_THERE for none."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return NOT_THERE


def machine(libraries: Sequence[str] = LIBRARIES) -> dict[str, Any]:
    """Cores, CPU, memory, and the versions of Python and libraries, for JSON."""
    return {
        "cores": usable_cores(),
        "cpu": cpu_model(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_at_start": round(psutil.getloadavg()[0], 2),
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in libraries},
        },
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Markdown lines of what `machine` found."""
    yield (
        f"{found['cores']} cores of {found['cpu']}, {found['memory_gb']} GB of memory, "
        f"load {found['load_at_start']} at the start."
    )
    versions = found["versions"]
    yield ", ".join(f"{name} {number}" for name, number in versions.items()) + "."
