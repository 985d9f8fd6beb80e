"""Roll back: the model that last really ran before the one in production comes back.

reads   params.yaml (deploy), mlruns/ (registry), state/runner.db (deployments), state/service/
writes  mlruns/ (stages, aliases, tag `rolled_back`), state/runner.db, releases/current; nothing
        with --dry-run

The steps are those of a promotion. The model that is left is marked, so that it is not staged
again, and taken out of the stack of deployments, so that a second rollback goes one further back
and never to and fro. `runner.py release ID` takes the mark away.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy import deployment_log, production, settle
from ops.deploy.confirm import confirm
from ops.deploy.deployment import deploy, finish_interrupted
from ops.deploy.promote import DryRun, say_interrupted, say_service
from ops.deploy.report import report
from ops.deploy.site import Site, live_model, name, under_lock
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import GateError
from recsys.registry import store
from recsys.registry import versions as registry

NOTHING = "so there is nothing to roll back; deploy with `python runner.py promote`"
To = Annotated[
    str | None,
    typer.Option("--to", metavar="ID", help="Else the last one that really ran."),
]


def roll_back(site: Site, to: str | None = None) -> None:
    """Put the nearest earlier model that ran into production, or the one of this id.

    A rollback that was interrupted is only finished. GateError if there is nothing further back;
    ServiceError if the service did not take the model.
    """
    settle.name_again(site)
    finished = finish_interrupted(site)
    if (
        finished is not None
        and finished.action == "rollback"
        and finished.status != "failed"
        and to in (None, finished.model_id)
    ):
        if not confirm(site):
            print(report(site, finished))
        return
    target, champion = _step(site, to)
    deploy(site, "rollback", target, champion)


def plan(site: Site, to: str | None = None) -> None:
    """Say what `roll_back` would do now; reads only."""
    say_interrupted(site)
    for line in settle.plan(site)[0]:
        print(line)
    target, champion = _step(site, to)
    print(
        f"Would roll back to {name(target.model_id, target.number)} and leave "
        f"{name(champion.model_id, champion.number)}, which is then not deployed again."
    )
    say_service(site)


def _step(site: Site, to: str | None) -> tuple[registry.Version, registry.Version]:
    """The version to go back to, and the one that is left: by the log, where the registry has no
    champion.
    """
    _, champion = settle.plan(site)
    champion = champion or settle.lost(site)
    if champion is None:
        raise GateError(f"nothing is in Production, {NOTHING}")
    known = registry.versions(site.client)
    return choose(deployment_log.rows(site.db), known, champion, to), champion


def choose(
    rows: Sequence[deployment_log.Row],
    versions: Sequence[registry.Version],
    champion: registry.Version,
    to: str | None = None,
) -> registry.Version:
    """The version to go back to from `champion`.

    It is the nearest target that the registry still has and that was not rolled back itself (or the
    one of the id `to`); each one that is passed over is said. GateError if none is left.
    """
    if production.in_production(rows) is None:
        raise GateError(f"nothing was deployed yet, {NOTHING}")
    targets = production.rollback_targets(rows, champion.model_id)
    if to is not None:
        targets = [target for target in targets if target.model_id == to]
        if not targets:
            raise GateError(
                f"{to[:60]!r} did not run before {champion.model_id}, or was left itself; "
                f"`python runner.py history` shows what ran"
            )
    registered = {version.model_id: version for version in versions}
    for target in targets:
        version = registered.get(target.model_id)
        if version is not None and not version.rolled_back:
            return version
        why = "was rolled back itself" if version else "is no longer in the registry"
        print(f"Passed over: {name(target.model_id, target.version)} {why}.")
    left = "is left in the registry" if targets else "that ran is left"
    raise GateError(
        f"nothing further back: no deployment before {champion.model_id} {left}; "
        f"train and promote another model instead"
    )


def main(
    to: To = None,
    dry_run: DryRun = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Put the model that was in Production before back into Production, and tell the service."""
    if not store.exists(mlruns) and live_model(state) is None:
        raise GateError(
            f"no model is registered yet ({mlruns} holds no store): nothing to roll back"
        )
    action = plan if dry_run else roll_back
    under_lock(partial(action, to=to), params, mlruns, state, dry_run)


if __name__ == "__main__":
    enter(main, "runner.py rollback")
