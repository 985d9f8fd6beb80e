"""The registry and the deployment log are made to name the same model again.

reads   mlruns/ (registry), state/runner.db (deployments, verdicts)
writes  mlruns/ (stages, aliases), state/runner.db (deployments, approvals), state/alerts.db; of a
        champion that the log does not have, all that a promotion does

While the log has a model in production, none is judged as the first one. On a shared registry
another machine may have promoted: there only a lost alias is set again.
"""

from collections.abc import Sequence

from ops.alerts import outbox
from ops.deploy import (
    agreement,
    announce,
    deployment_log,
    production,
    releases,
    verdicts,
)
from ops.deploy.agreement import Split
from ops.deploy.deployment import deploy
from ops.deploy.deployment_log import Intent
from ops.deploy.production import Deployment
from ops.deploy.site import Site, name
from ops.deploy.verdicts import Approval
from recsys.registry import versions
from recsys.registry.versions import Version
from recsys.shared_store import address


def look(site: Site) -> Split | None:
    """What differs between registry and log; None if nothing does."""
    champion, top = versions.champion(site.client), live(site)
    known = [] if champion else versions.versions(site.client)
    if champion is None and top is None:
        champion = _released(site, known)
    return agreement.split(champion, top, known, address.shared() is not None)


def _released(site: Site, known: Sequence[Version]) -> Version | None:
    """The version that releases/current names: it is live, though registry and log have lost it."""
    current = releases.current(site.places) if site.places else None
    named = [version for version in known if current and version.model_id == current]
    return named[-1] if named else None


def live(site: Site) -> Deployment | None:
    """What is in production by the log."""
    return production.in_production(deployment_log.rows(site.db))


# ---- the alias is gone, the version is there ----
def name_again(site: Site) -> bool:
    """Make the version that the log has in production the champion again, unjudged, if the registry
    names none; False if nothing was to be done.
    """
    found, top = look(site), live(site)
    if found is None or found.kind != "unnamed" or found.version is None or top is None:
        return False
    versions.set_production(site.client, found.version.number)
    what = name(found.version.model_id, found.version.number)
    text = (
        f"{what} is the champion of the registry again: the registry named none, and by the "
        f"deployment log this model is live"
    )
    print(f"{text}.")
    outbox.news(site.state, announce.CAUSE, "warning", text, site.clock())
    if found.version.number != top.version:
        _renumber(site, found.version, top)
    return True


def _renumber(site: Site, version: Version, top: Deployment) -> None:
    """Write down that the model that is live has another number now; nothing is told or moved."""
    intent = Intent(
        action="promote",
        model_id=version.model_id,
        version=version.number,
        former_model_id=top.former_model_id,
        former_version=top.former_version,
        model_created_at=top.model_created_at or version.created_at,
        who=site.who,
        verdict=top.verdict,
    )
    number = deployment_log.begin(site.db, intent, site.clock())
    detail = f"was version {top.version}, is version {version.number} of the registry"
    deployment_log.finish(site.db, number, top.status, detail, site.clock())


# ---- the champion is there, the log has another one ----
def write_down(site: Site) -> bool:
    """Let the log, releases/current and the service follow the champion that somebody has set by
    hand, or that only the log has lost; False if nothing was to be done. Errors as of `deploy`.
    """
    found, top = look(site), live(site)
    if found is None or found.version is None or found.is_elsewhere:
        return False
    if found.kind == "renumbered" and top is not None:
        _renumber(site, found.version, top)
        return True
    if found.kind not in ("moved", "unlogged"):
        return False
    print(f"{found.seen}. The log follows the registry.")
    former = agreement.of_the_log(top) if top else None
    deploy(site, "promote", found.version, former, _how(site, found))
    return True


def _how(site: Site, found: Split) -> str:
    """Why the champion is there, and what the gate has said of it."""
    assert found.version is not None  # noqa: S101 - who calls has looked
    kept = verdicts.latest(site.db, found.version.model_id)
    said = f"{kept.decision}, {kept.reasons[0]}" if kept else found.version.verdict
    reason = announce.BY_HAND if found.kind == "moved" else announce.FOUND
    return f"{reason}; gate: {said or 'not asked'}"


# ---- the version is gone ----
def lost(site: Site) -> Version | None:
    """What is live by the log, where the registry does not have it any more; else None."""
    found, top = look(site), live(site)
    is_gone = found is not None and found.kind == "gone"
    return agreement.of_the_log(top) if is_gone and top else None


def why_lost(site: Site) -> str:
    """What the registry has lost, and the next step."""
    found = look(site)
    return f"{found.seen}; {found.step}" if found else ""


def approved(site: Site, target: Version, approval: str) -> str:
    """Why `target` may take the place of a live model that the registry has lost: a person's word,
    as there is no champion to compare with.
    """
    told = Approval(site.clock(), target.model_id, site.who, approval)
    verdicts.approve(site.db, told)
    return f"{announce.UNJUDGED}, approved by {site.who}: {approval}"


# ---- a dry run ----
def plan(site: Site) -> tuple[list[str], Version | None]:
    """What would be done, in words, and who would be the champion then."""
    found = look(site)
    if found is None:
        return [], versions.champion(site.client)
    if found.kind == "gone" or found.is_elsewhere:
        return [], found.version
    what = name(found.version.model_id, found.version.number) if found.version else ""
    acts = {"unnamed": f"make {what} the champion again"}
    act = acts.get(found.kind, f"write down that {what} is in production")
    return [f"Would first {act}: {found.seen}."], found.version
