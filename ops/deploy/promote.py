"""Promote a model: to Production and alias `champion`, told to the service and verified.

reads   params.yaml (deploy), mlruns/ (registry), state/runner.db (deployments), models/, data/,
        state/service/ (what the workers of a service on this machine serve)
writes  mlruns/ (stages, aliases), state/runner.db (deployments), releases/, data/reference/;
        nothing with --dry-run

`runner.py promote` takes the challenger, `runner.py deploy --model-id` any registered model.

The gate is asked first (ops/deploy/gate.py). One lock around it all. The order is: intent into the
deployment log, the release is published, the service loads it and is verified, the registry moves,
then releases/current, outcome into the log. A kill between any two leaves an intent without
outcome, and the next promotion or rollback finishes that first. If the service does not serve the
model, it is sent back to the former one, that is verified too, and the registry stays as it was. If
the service is offline, the registry moves and the deployment is `pending` until a later look
confirms it; if it is unclear whether it is up, nothing moves.

Where registry and log name different models, that is settled first (ops/deploy/settle.py).
"""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ops import said
from ops.deploy import (
    deployment_log,
    drift_reference,
    gate,
    production,
    releases,
    settle,
)
from ops.deploy.confirm import confirm
from ops.deploy.deployment import deploy, finish_interrupted
from ops.deploy.site import Site, name, under_lock
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError, GateError, StoreError
from recsys.registry import versions
from recsys.registry.versions import Version

ModelId = Annotated[
    str | None,
    typer.Option("--model-id", metavar="ID", help="Else what is in Staging."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
]

Approve = Annotated[
    str | None,
    typer.Option(metavar="REASON", help="Take a model that the gate holds."),
]


def promote(
    site: Site, model_id: str | None = None, approval: str | None = None
) -> None:
    """Put a model into production: the one of this id, else the challenger. `approval`: why a
    person takes one that the gate holds.

    Without one, confirm what is pending, or say what is in production. GateError if it may not be
    promoted; ServiceError if the service did not take the model; the registry is then unchanged.
    StoreError if the registry has lost the live model, and nobody approves another one.
    """
    has_changed = _settle(site)
    champion, lost = versions.champion(site.client), settle.lost(site)
    target = chosen(site, model_id, champion or lost)
    if lost is not None:
        if target is None or not approval:
            raise StoreError(settle.why_lost(site))
        deploy(site, "promote", target, lost, settle.approved(site, target, approval))
        return
    if target is not None and (champion is None or target.number != champion.number):
        try:
            verdict = gate.verdict(site, target, champion, approval)
        except GateError:  # the champion stays: a service must be able to load it
            if champion:
                release_champion(site, champion)
            raise
        deploy(site, "promote", target, champion, verdict)
        return
    _confirm(site, champion, has_changed)


def _confirm(site: Site, champion: Version | None, has_changed: bool) -> None:
    """Confirm what is pending, or say what is in production; `has_changed`: something was mended
    before.
    """
    if champion is None:
        print(
            "Nothing in Staging and nothing in Production; "
            "`dvc repro` trains and registers a model."
        )
        _say_skipped(has_changed)
        return
    versions.set_production(site.client, champion.number)
    has_changed |= release_champion(site, champion)
    drift_reference.follow(site, champion.model_id)
    if not confirm(site):
        now = name(champion.model_id, champion.number)
        print(f"Nothing new in Staging{left_out(site, champion)}. Production: {now}.")
        _say_skipped(has_changed)


def _settle(site: Site) -> bool:
    """Finish what was interrupted, and let registry and log agree; whether anything was done."""
    is_named = settle.name_again(site)
    is_finished = finish_interrupted(site) is not None
    return settle.write_down(site) or is_named or is_finished


def _say_skipped(has_changed: bool) -> None:
    """Tell the runner that nothing was done, unless something had to be settled first."""
    if not has_changed:
        said.tell("skipped", reason="nothing new: no model waits in Staging")


def chosen(site: Site, model_id: str | None, live: Version | None) -> Version | None:
    """The version to promote; None if nothing waits. GateError if it is not to be had.

    Before the first promotion a version that was not staged, for it is not above popularity, is
    taken too: the gate says why it is not promoted.
    """
    if model_id is None:
        staged = versions.challenger(site.client)
        if staged or live:
            return staged
        return versions.unstaged(site.client)
    version = versions.find(site.client, model_id)
    if version is None:
        raise GateError(
            f"{model_id[:60]!r} is not in the registry; "
            f"`python runner.py history` shows what was deployed"
        )
    if version.rolled_back:
        raise GateError(
            f"{name(model_id, version.number)} was left by a rollback; "
            f"if it is good after all, run `python runner.py release {model_id}` first"
        )
    return version


def left_out(site: Site, champion: Version) -> str:
    """That a newer version was not staged, in words; nothing if there is none."""
    newer = versions.unstaged(site.client)
    if newer is None or newer.number < champion.number:
        return ""
    newest = name(newer.model_id, newer.number)
    return f": {newest} is not above the popularity list"


def release_champion(site: Site, champion: Version) -> bool:
    """See to it that releases/current names what is in production, and that its release is there,
    whole; what prevents that is said. True if that had to be mended, and is. DataError if a service
    reads that, and cannot load it.
    """
    if site.places is None or _is_released(site.places, champion.model_id):
        return False
    try:
        if releases.publish(site.places, champion.model_id):
            releases.point(site.places, champion.model_id)
            print(f"Released: {name(champion.model_id, champion.number)}.")
            return True
    except DataError as error:
        if releases.current(site.places) == champion.model_id:
            raise
        print(f"Not released: {error}")
    return False


def _is_released(places: releases.Places, model_id: str) -> bool:
    is_there = (places.releases / model_id).is_dir()
    is_named = releases.current(places) == model_id
    return is_named and is_there and not releases.is_torn(places, model_id)


# ---- a dry run ----
def plan(site: Site, model_id: str | None = None) -> None:
    """Say what `promote` would do now; reads only."""
    say_interrupted(site)
    first, champion = settle.plan(site)
    lost = settle.lost(site)
    print("".join(f"{line}\n" for line in first), end="")
    target = chosen(site, model_id, champion or lost)
    if lost is not None:
        print(f"Would promote nothing: {settle.why_lost(site)}.")
        return
    if target is None or (champion and target.number == champion.number):
        if champion and site.places:
            _plan_release(site.places, champion)
        print("Would deploy nothing: what there is to deploy is in Production already.")
        return
    print(
        f"Would promote {name(target.model_id, target.number)}, {in_place_of(champion)}."
    )
    if site.rules is None:
        print(f"Gate: {gate.NOBODY_ASKS}.")
    else:
        found, _ = gate.judged(site, target, champion)
        print("\n".join(gate.report(target, champion, found)))
        if champion and site.places and found.decision != "PROMOTE":
            _plan_release(site.places, champion)
    say_service(site)


def _plan_release(places: releases.Places, champion: Version) -> None:
    if not _is_released(places, champion.model_id):
        print(
            f"Would publish {name(champion.model_id, champion.number)} again: {places.releases} "
            f"does not hold it whole, or releases/current does not name it."
        )


def say_interrupted(site: Site) -> None:
    """What an earlier run has left open comes first."""
    left = production.interrupted(deployment_log.rows(site.db))
    if left is not None:
        print(
            f"Would first finish the {left.action} of {name(left.model_id, left.version)}, "
            f"which was interrupted."
        )


def in_place_of(champion: Version | None) -> str:
    """What leaves, in words."""
    if champion is None:
        return "the first one"
    return f"in place of {name(champion.model_id, champion.number)}"


def say_service(site: Site) -> None:
    """Whether a service would be told, and whether it is there."""
    if site.service is None:
        print("Service: none is configured.")
        return
    look = site.service.look()
    ends = {
        "up": "would load it and be verified",
        "down": "the deployment would be pending",
        "unclear": "nothing would move",
    }
    print(f"Service: {look.verdict} ({look.why}); {ends[look.verdict]}.")


def main(
    model_id: ModelId = None,
    dry_run: DryRun = False,
    approve: Approve = None,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Put a model into Production, tell the service, and verify what it serves."""
    action = partial(promote, approval=approve)
    under_lock(
        partial(plan if dry_run else action, model_id=model_id),
        *(params, mlruns, state, dry_run),
    )


if __name__ == "__main__":
    enter(main, "runner.py promote")
