"""Questions to the gate: figures of users, and earlier tries."""

from pathlib import Path
from typing import Any

import numpy as np

from recsys.program.params import load
from recsys.statistics import gate
from recsys.statistics.error_budget import Kind, Try
from recsys.statistics.gate import Question, decide

ROOT = Path(__file__).resolve().parents[3]
PARAMS = load(gate.Params, "gate", ROOT / "params.yaml")
USERS = 1000
BASE = np.full(USERS, 0.5)  # of champion and anchor
LOW = np.concatenate([np.full(300, 0.1), BASE[300:]])  # popularity: .38
PASSED = "PROMOTE"


def moved(by: int, of: int = 300, base: np.ndarray = BASE) -> np.ndarray:
    """`of` users differ from the base, by .5 each, so many more up than down: half of `by` users.

    The error of 300 is .00866, of the margin 2.5 of it .0217; by 10 users is .005.
    """
    values, up = base.copy(), (of + by) // 2
    values[:up] += 0.5
    values[up:of] -= 0.5
    return values


def asked(kind: Kind, challenger: np.ndarray, **given: Any) -> Question:
    """A question with a champion and an anchor of BASE, unless it is of a first model."""
    fields: dict[str, Any] = {
        "model_id": "als-1",
        "kind": kind,
        "year": 2026,
        "challenger": challenger,
        "popularity": LOW - 0.1,
        "champion": None if kind == "first" else BASE,
        "anchor": BASE if kind == "refresh" else None,
        "champion_id": None if kind == "first" else "als-0",
        "anchor_id": None if kind == "first" else "als-a",
    }
    return Question(**{**fields, **given})


def decision(kind: Kind, challenger: np.ndarray, **given: Any) -> str:
    return decide(asked(kind, challenger, **given), [], PARAMS).decision


def refreshed(over_anchor: float, model_id: str = "als-9", **given: Any) -> Try:
    fields = {"decision": "HOLD", "alpha": 0.0, "champion_id": "als-0", **given}
    anchor = fields.pop("anchor_id", "als-a")
    return Try(
        2026, model_id, "refresh", anchor_id=anchor, over_anchor=over_anchor, **fields
    )
