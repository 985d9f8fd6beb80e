"""Several ways to do a thing, run in turn, so that another load on the machine slows all alike."""

import time
from collections.abc import Callable, Mapping
from statistics import median

Step = Callable[[], float]  # one step of a way; its seconds


def medians(ways: Mapping[str, Step], repeats: int) -> dict[str, float]:
    """Median seconds of a step of each way, over `repeats` rounds after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats + 1):
        for name, step in ways.items():
            seconds[name].append(step())
    return {name: median(took[1:]) for name, took in seconds.items()}


def timed(step: Callable[[], object]) -> Step:
    """A step that says how long it took."""

    def run() -> float:
        began = time.perf_counter()
        step()
        return time.perf_counter() - began

    return run
