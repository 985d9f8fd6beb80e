"""Whether the registry and the deployment log name the same model, and what to do if not: pure
functions.

The registry may have lost its alias, the version or all of itself; somebody may have moved the
alias by hand; the log may be the one that was lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ops.deploy.production import Deployment
from recsys.registry.versions import Version

Kind = Literal["gone", "unnamed", "renumbered", "moved", "unlogged"]
PROMOTE = "`python runner.py promote`"
STEPS: dict[Kind, str] = {
    "unnamed": f"{PROMOTE} makes it the champion again",
    "renumbered": f"{PROMOTE} writes it down",
    "moved": f"{PROMOTE} writes it down, and a service then serves it too; "
    "`python runner.py rollback` goes back",
    "unlogged": f"{PROMOTE} writes it down",
}
ELSEWHERE = f"if another machine has promoted it, {PROMOTE} releases it here too"
REGISTER_ANEW = (
    "put a copy of mlruns/ back; or register the model that was trained last: "
    f"`rm -rf mlruns/published; python runner.py repro`, then {PROMOTE}"
)
OTHERWISE = (
    f"{REGISTER_ANEW}; or go back to an earlier model: `python runner.py rollback`; or take the "
    'one in Staging without the gate: `python runner.py promote --approve "why"`'
)


@dataclass(frozen=True)
class Split:
    """Registry and log do not name the same model."""

    kind: Kind
    seen: str
    step: str
    version: Version | None  # of the registry: the champion, or who is to be it again

    @property
    def is_elsewhere(self) -> bool:
        """Whether another machine may have promoted it, and this log need not have it."""
        return self.step == ELSEWHERE


def split(
    champion: Version | None,
    top: Deployment | None,
    known: Sequence[Version],
    is_shared: bool = False,
) -> Split | None:
    """What differs between the registry's champion and what the log has in production; None if
    nothing does. `known` are the versions, looked at where there is no champion.

    A shared registry may have moved on since this log was written, so only a version that still
    stands in Production counts there.
    """
    if top is None:
        return _unlogged(champion, is_shared) if champion else None
    live = _name(top.model_id, top.version)
    if champion is None:
        return _without_champion(top, live, known, is_shared)
    if (champion.number, champion.model_id) == (top.version, top.model_id):
        return None
    same = champion.model_id == top.model_id
    kind: Kind = "renumbered" if same else "moved"
    seen = (
        f"champion of the registry: {_name(champion.model_id, champion.number)}; "
        f"by the deployment log: {live}"
    )
    return Split(kind, seen, ELSEWHERE if is_shared else STEPS[kind], champion)


def _unlogged(champion: Version, is_shared: bool) -> Split:
    has = _name(champion.model_id, champion.number)
    seen = f"champion of the registry: {has}; by the deployment log: none"
    step = ELSEWHERE if is_shared else STEPS["unlogged"]
    return Split("unlogged", seen, step, champion)


def _without_champion(
    top: Deployment, live: str, known: Sequence[Version], is_shared: bool
) -> Split:
    there = [
        version
        for version in known
        if version.model_id == top.model_id
        and (version.model_id or version.number == top.version)
        and (not is_shared or version.stage == "Production")
    ]
    if there:
        seen = f"the registry has no champion; by the deployment log: {live}"
        exact = [version for version in there if version.number == top.version]
        return Split("unnamed", seen, STEPS["unnamed"], [*there, *exact][-1])
    place = "in Production of the registry" if is_shared else "in the registry"
    seen = f"{live} is live by the deployment log, but not {place} any more"
    return Split("gone", seen, OTHERWISE if known else REGISTER_ANEW, None)


def _name(model_id: str, number: int) -> str:
    return f"{model_id} (version {number})"


def of_the_log(top: Deployment) -> Version:
    """What the log has in production, as the registry had it."""
    made_at = top.model_created_at or top.at
    return Version(top.version, top.model_id, "", "None", "", made_at, False)
