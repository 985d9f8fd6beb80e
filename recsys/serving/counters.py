"""What the service counts, in Prometheus' text format."""

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)  # seconds
PAGES = Path("/proc/self/statm")


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class Counters:
    """Requests by route and code with their times, lists by how they came about, reloads."""

    def __init__(self, lost: int | None = None) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.places: dict[str, list[int]] = {}  # by route: requests in each bucket
        self.seconds: dict[str, float] = {}
        self.lists: Counter[str] = Counter()
        self.reloads: Counter[str] = Counter()
        self.lost = lost  # lines of the impression log, None without one

    def request(self, route: str, code: int, seconds: float) -> None:
        """Count one request."""
        self.requests[route, code] += 1
        places = self.places.setdefault(route, [0] * (len(BOUNDS) + 1))
        places[bisect_left(BOUNDS, seconds)] += 1
        self.seconds[route] = self.seconds.get(route, 0.0) + seconds

    def as_json(self) -> dict[str, Any]:
        """All counts; another thread may count on meanwhile."""
        return {
            "requests": [[*key, count] for key, count in dict(self.requests).items()],
            "places": {route: [*found] for route, found in dict(self.places).items()},
            "seconds": dict(self.seconds),
            "lists": dict(self.lists),
            "reloads": dict(self.reloads),
            "lost": self.lost,
        }

    def add(self, counts: Mapping[str, Any]) -> None:
        """Count what another one has counted (`as_json`); all of it or nothing. KeyError, TypeError
        or ValueError if it is none.
        """
        requests = {(route, code): count for route, code, count in counts["requests"]}
        width = len(BOUNDS) + 1
        places = {
            route: [mine + its for mine, its in zip(known, found, strict=True)]
            for route, found in counts["places"].items()
            for known in [self.places.get(route, [0] * width)]
        }
        seconds = {
            route: self.seconds.get(route, 0.0) + found
            for route, found in counts["seconds"].items()
        }
        lists, reloads = Counter(counts["lists"]), Counter(counts["reloads"])
        lost = None if counts["lost"] is None else int(counts["lost"])
        self.requests.update(requests)
        self.lists.update(lists)
        self.reloads.update(reloads)
        self.places |= places
        self.seconds |= seconds
        self.lost = self.lost if lost is None else (self.lost or 0) + lost

    def text(self, about: Mapping[str, Any] | None) -> str:
        """All of it; `about` says what is served (desk.Serving.about), None if nothing is."""
        served = about or {"model_id": "", "generation": 0, "hidden_products": 0}
        model_id = str(served["model_id"])
        lines = [
            *_head("requests_total", "counter", "Requests by route and status."),
            *(
                f'recommender_requests_total{{route="{_escaped(route)}",code="{code}"}} {count}'
                for (route, code), count in sorted(self.requests.items())
            ),
            *_head("request_seconds", "histogram", "Seconds a request took."),
            *(line for route in sorted(self.places) for line in self._histogram(route)),
            *_head("lists_total", "counter", "Lists by how they came about."),
            *(
                f'recommender_lists_total{{how="{_escaped(how)}"}} {count}'
                for how, count in sorted(self.lists.items())
            ),
            *_head("reloads_total", "counter", "Loads of a model by result."),
            *(
                f'recommender_reloads_total{{result="{result}"}} {count}'
                for result, count in sorted(self.reloads.items())
            ),
            *_head("model_info", "gauge", "The model that is served."),
            f'recommender_model_info{{model_id="{_escaped(model_id)}"}} {int(bool(model_id))}',
            *_head("model_generation", "gauge", "Models that this process has served."),
            f"recommender_model_generation {served['generation']}",
            *_head("hidden_products", "gauge", "Products that are hidden."),
            f"recommender_hidden_products {served['hidden_products']}",
            *_lost(self.lost),
            *_resident(),
        ]
        return "\n".join([*lines, ""])

    def _histogram(self, route: str) -> list[str]:
        name, label = "recommender_request_seconds", f'route="{_escaped(route)}"'
        lines, total = [], 0
        for bound, count in zip((*BOUNDS, "+Inf"), self.places[route], strict=True):
            total += count
            lines.append(f'{name}_bucket{{{label},le="{bound}"}} {total}')
        return [
            *lines,
            f"{name}_sum{{{label}}} {self.seconds[route]:.6f}",
            f"{name}_count{{{label}}} {total}",
        ]


def _head(name: str, kind: str, words: str) -> list[str]:
    return [f"# HELP recommender_{name} {words}", f"# TYPE recommender_{name} {kind}"]


def _lost(lines: int | None) -> list[str]:
    if lines is None:
        return []
    name = "impressions_lost_total"
    head = _head(name, "counter", "Lists that could not be written down.")
    return [*head, f"recommender_{name} {lines}"]


def _resident() -> list[str]:
    """Resident bytes of this process, where the system says them."""
    try:
        pages = int(PAGES.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return []
    size = pages * os.sysconf("SC_PAGE_SIZE")
    return [
        "# HELP process_resident_memory_bytes Resident memory size in bytes.",
        "# TYPE process_resident_memory_bytes gauge",
        f"process_resident_memory_bytes {size}",
    ]
