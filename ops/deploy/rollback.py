"""Roll back: the model that last really ran before the one in production comes back.

reads   params.yaml (deploy), mlruns/ (registry), state/runner.db (deployments)
writes  mlruns/ (stages, aliases, tag `rolled_back`), state/runner.db, releases/current

The steps are those of a promotion. The model that is left is marked, so that it is not staged
again, and taken out of the stack of deployments, so that a second rollback goes one further back
and never to and fro.
"""

from collections.abc import Sequence
from pathlib import Path

from ops.deploy import deployment_log, production
from ops.deploy.deployment import (
    Site,
    confirm_pending,
    deploy,
    finish_interrupted,
    name,
    report,
    under_lock,
)
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import GateError
from recsys.registry import store
from recsys.registry import versions as registry

NOTHING = "so there is nothing to roll back; deploy with `python runner.py promote`"


def roll_back(site: Site) -> None:
    """Put the nearest earlier model that ran into production.

    A rollback that was interrupted is only finished. GateError if there is nothing further back;
    ServiceError if the service did not take the model.
    """
    finished = finish_interrupted(site)
    if (
        finished is not None
        and finished.action == "rollback"
        and finished.status != "failed"
    ):
        if not confirm_pending(site):
            print(report(site, finished))
        return
    champion = registry.champion(site.client)
    if champion is None:
        raise GateError(f"nothing is in Production, {NOTHING}")
    target = choose(
        deployment_log.rows(site.db), registry.versions(site.client), champion
    )
    deploy(site, "rollback", target, champion)


def choose(
    rows: Sequence[deployment_log.Row],
    versions: Sequence[registry.Version],
    champion: registry.Version,
) -> registry.Version:
    """The version to go back to from `champion`.

    It is the nearest target that the registry still has and that was not rolled back itself; each
    one that is passed over is said. GateError if none is left.
    """
    if production.in_production(rows) is None:
        raise GateError(f"nothing was deployed yet, {NOTHING}")
    targets = production.rollback_targets(rows, champion.model_id)
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
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Put the model that was in Production before back into Production, and tell the service."""
    if not store.exists(mlruns):
        raise GateError(
            f"no model is registered yet ({mlruns} holds no store): nothing to roll back"
        )
    under_lock(roll_back, params, mlruns, state)


if __name__ == "__main__":
    enter(main)
