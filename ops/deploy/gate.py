"""The gate: asked before each promotion whether the challenger may take the champion's place.

reads   what ops/deploy/judgement.py reads
writes  state/runner.db (verdicts, approvals), reports/gate.html, the tag `verdict` and the card of
        the version

The rules are those of recsys/statistics/gate.py. What it holds can be approved by a person, with a
reason; what it rejects cannot.
"""

from collections.abc import Sequence
from dataclasses import replace

from ops.deploy import announce, gate_page, judgement, verdicts
from ops.deploy.site import Site
from ops.deploy.verdicts import Approval, Kept
from recsys.program.errors import DataError, GateError
from recsys.registry import verdicts as on_versions
from recsys.registry import versions
from recsys.registry.versions import Version
from recsys.serving.judged import Judged
from recsys.statistics import error_budget, gate
from recsys.statistics.error_budget import Try
from recsys.statistics.gate import Verdict

NOBODY_ASKS = "no gate: staged models are promoted"
KINDS = {"first": "first model", "refresh": "refresh", "new_recipe": "new recipe"}


def verdict(
    site: Site,
    challenger: Version,
    champion: Version | None,
    approval: str | None = None,
) -> str:
    """Why the challenger may be promoted, in words that go into the deployment log.

    `champion` is what serves now, None before the first promotion; `approval` a person's reason.
    GateError with what is missing if it may not. What is found is printed, and written down.
    """
    if site.rules is None:
        return NOBODY_ASKS
    found, seen = judged(site, challenger, champion)
    page = None
    if seen is not None and site.places is not None:
        # first: a verdict that is kept is not judged again, and would have no page after a kill
        root, metric = site.places.root, site.rules.gate.metric
        page = gate_page.write(root, found, seen, metric)
    keep(site, challenger, found)
    print("\n".join(report(challenger, champion, found)))
    if page:
        print(f"More of it: {page}")
    if found.decision == "PROMOTE":
        return f"gate: PROMOTE, {found.reasons[0]}"
    if found.decision == "HOLD" and approval:
        approved = Approval(site.clock(), challenger.model_id, site.who, approval)
        verdicts.approve(site.db, approved)
        return f"gate: HOLD, approved by {site.who}: {approval}"
    where = "stays in Staging" if challenger.stage == "Staging" else "is not promoted"
    step = _next_step(found, approval, _command(site, challenger, champion))
    raise GateError(f"{challenger.model_id} {where}: {step}")


def judged(
    site: Site, challenger: Version, champion: Version | None
) -> tuple[Verdict, Judged | None]:
    """The verdict on a challenger, and the figures of all who were compared; nothing is written.

    A content that was judged before costs nothing and has no figures; what cannot be judged is
    held.
    """
    assert site.rules is not None  # noqa: S101 - who calls has looked
    rows = verdicts.rows(site.db)
    tries = [Try(**kept.verdict["entry"]) for kept in rows]
    asked = judgement.bare(site, challenger, champion)
    rules, seen = site.rules.gate, None
    if not error_budget.former(challenger.model_id, tries):
        try:
            seen = judgement.judged(site, asked)
        except (GateError, DataError) as error:
            return gate.held(asked, f"not judged: {error}"), None
        asked = judgement.with_figures(asked, seen, rules.metric)
    return _with_former_reasons(gate.decide(asked, tries, rules), rows), seen


def _with_former_reasons(found: Verdict, rows: Sequence[Kept]) -> Verdict:
    """An earlier verdict with the reasons that it had then, below that it is kept."""
    if not found.kept:
        return found
    then = [row for row in rows if Try(**row.verdict["entry"]) == found.entry]
    return replace(found, reasons=(*found.reasons, *then[-1].reasons))


def keep(site: Site, challenger: Version, found: Verdict) -> None:
    """Write a verdict down, unless it is an earlier one, or says the same as the last one."""
    last = verdicts.latest(site.db, challenger.model_id)
    is_same = last is not None and list(last.reasons) == list(found.reasons)
    if not found.kept and not is_same:
        verdicts.append(site.db, challenger.model_id, found.as_json(), site.clock())
        announce.verdict(site.state, challenger.model_id, found, site.clock())
    is_of_then = found.kept and found.decision == found.entry.decision
    told = f"{found.decision}: {found.reasons[1 if is_of_then else 0]}"
    on_versions.judge(site.client, challenger.number, told)


def report(
    challenger: Version, champion: Version | None, found: Verdict
) -> Sequence[str]:
    """The verdict for people: what it is of, and a line a reason."""
    beside = f" beside {champion.model_id}" if champion else ""
    kind = KINDS[found.entry.kind]
    head = f"Gate: {found.decision} {challenger.model_id}, {kind}{beside}"
    return [head, *(f"  - {reason}" for reason in found.reasons)]


def _command(site: Site, challenger: Version, champion: Version | None) -> str:
    """What promotes this one: another may be in Staging, or none."""
    waits = versions.challenger(site.client)
    if waits is None and champion is None:
        waits = versions.unstaged(site.client)
    if waits is not None and waits.number == challenger.number:
        return "promote"
    return f"deploy --model-id {challenger.model_id}"


def _next_step(found: Verdict, approval: str | None, command: str) -> str:
    if found.decision == "REJECT":
        unused = " (--approve takes what the gate holds, never what it rejects)"
        return f"the gate rejects it{unused if approval else ''}; train another model"
    return (
        "the gate holds it; wait for a better one, or take it on your word with "
        f'`python runner.py {command} --approve "why"`'
    )
