"""All that the page of the shop shows, looked at once; what cannot be read is said in its place.

reads   what `python runner.py status` reads; state/alerts.db, metrics/drift.json,
        metrics/merge.json, params.yaml (merge.odd), mlruns/mlflow.db, which pages stand in reports/
writes  nothing
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from ops.alerts import outbox
from ops.alerts.outbox import Cause
from ops.deploy import deployment_log, registered, verdicts
from ops.deploy.verdicts import Kept
from ops.explain import looks
from ops.explain.looks import Status
from ops.pages import measured
from ops.pages.measured import Evaluated
from recsys.drift import words
from recsys.files.atomic import read_json
from recsys.program import params as parameters
from recsys.program.errors import UserError
from recsys.registry.versions import Version

T = TypeVar("T")
VERDICTS = 10  # the newest
MERGE, DRIFT = "metrics/merge.json", "metrics/drift.json"
PAGES = {
    "evaluation.html": "How good the lists are",
    "gate.html": "The last verdict of the gate",
    "drift.html": "What has moved in the data",
}


@dataclass(frozen=True)
class Found(Generic[T]):
    """What was looked at, or why it could not be."""

    value: T | None
    problem: str = ""


@dataclass(frozen=True)
class Odd:
    """A share of the data with the bound over which it is odd."""

    name: str
    share: float
    bound: float

    @property
    def is_over(self) -> bool:
        return self.share > self.bound


@dataclass(frozen=True)
class Seen:
    """All of it."""

    status: Found[Status]
    ill: Found[list[Cause]]
    evaluations: Found[list[Evaluated]]
    verdicts: Found[list[Kept]]  # newest first
    versions: Found[list[Version]]  # newest first
    drift: Found[dict[str, str]]  # in words, by measure
    merged: Found[dict[str, Any]]
    odd: Found[list[Odd]]
    pages: dict[str, str]  # other pages that are there, by file name, and what they say


def look(root: Path, params: Path, now: datetime) -> Seen:
    """Look at all of the project at `root`; it may never have run."""
    state, mlruns = root / "state", root / "mlruns"
    db = state / deployment_log.DATABASE
    return Seen(
        status=tried(lambda: looks.collect(root, state, mlruns, params, now)),
        ill=tried(lambda: outbox.causes(state)),
        evaluations=tried(lambda: measured.evaluations(mlruns)),
        verdicts=tried(lambda: verdicts.rows(db)[: -VERDICTS - 1 : -1]),
        versions=tried(lambda: registered.versions(mlruns)[::-1]),
        drift=tried(lambda: drift_of(read_json(root / DRIFT))),
        merged=tried(lambda: _mapping(read_json(root / MERGE))),
        odd=tried(lambda: odd_of(read_json(root / MERGE), params)),
        pages={
            name: says
            for name, says in PAGES.items()
            if (root / "reports" / name).is_file()
        },
    )


def tried(look: Callable[[], T]) -> Found[T]:
    """What the look gives, or the error in one line: a page with a hole says more than none."""
    try:
        return Found(look())
    except UserError as error:
        return Found(None, str(error))
    except OSError as error:
        return Found(None, f"{error.filename}: {error.strerror}")
    except (KeyError, TypeError, ValueError, AttributeError):
        return Found(None, "a file that it is read from is not as it should be")


def _mapping(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise TypeError("not a mapping")
    return found


def odd_of(merged: Mapping[str, Any], params: Path) -> list[Odd]:
    """What merge has found odd, what is over its bound first. ConfigError if params.yaml has no
    bounds.
    """
    bounds = parameters.read(params)["merge"]["odd"]
    found = [
        Odd(name, float(share), float(bounds[name]["warn"]))
        for name, share in merged["odd"].items()
        if name in bounds
    ]
    return sorted(found, key=lambda one: (not one.is_over, one.name))


def drift_of(report: Any) -> dict[str, str]:
    """The verdict, then each measure. KeyError if it is of another form."""
    found = _mapping(report)
    return {"verdict": words.in_short(found), **words.by_measure(found)}
