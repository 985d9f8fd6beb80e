"""What changed in the health of a component goes to the outbox: ill once, well once.

writes  state/alerts.db

A check whose trouble is told under a cause of its own is left out.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ops.alerts import outbox
from ops.health.checks import COMPONENTS, Check, Component, overall

OWN_CAUSE = ("deployment",)  # ops/deploy/announce.py tells it


def cause_of(component: Component) -> str:
    """The name of a component's illness."""
    return "disk" if component == "disk" else f"health.{component}"


def tell(state: Path, found: Sequence[Check], now: datetime) -> None:
    """Tell each component that was looked at: ill with its worst check, or well."""
    for component in COMPONENTS:
        checks = [check for check in found if check.component == component]
        if checks:
            _tell(
                state,
                component,
                [one for one in checks if one.name not in OWN_CAUSE],
                now,
            )


def _tell(
    state: Path, component: Component, checks: Sequence[Check], now: datetime
) -> None:
    level, cause = overall(checks), cause_of(component)
    if level == "ok":
        outbox.well(state, cause, f"{component}: all checks are ok again", now)
        return
    ill = [check for check in checks if check.level == level]
    others = f" (and {len(ill) - 1} more: {', '.join(one.name for one in ill[1:])})"
    first = f"{ill[0].name}: {ill[0].value}; {ill[0].next_step}"
    outbox.ill(state, cause, level, first + (others if ill[1:] else ""), now)
