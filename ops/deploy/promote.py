"""Promote the challenger: Staging -> Production and alias `champion`, told to the service.

reads   params.yaml (deploy), mlruns/ (registry), state/runner.db (deployments), models/, data/
writes  mlruns/ (stages, aliases), state/runner.db (deployments), releases/

One lock around it all. The order is: intent into the deployment log, the release is published, the
service loads it and says so, the registry moves, then releases/current, outcome into the log. A
kill between any two leaves an intent without outcome, and the next promotion or rollback finishes
that first. If the service cannot load the model, it is sent back to the former one and the registry
stays as it was. If the service is offline, the registry moves and the deployment is `pending` until
a later run confirms it.
"""

from pathlib import Path

from ops.deploy import releases
from ops.deploy.deployment import (
    Site,
    confirm_pending,
    deploy,
    finish_interrupted,
    name,
    under_lock,
)
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.registry import versions


def promote(site: Site) -> None:
    """Put the challenger into production.

    Without one, confirm what is pending, or say what is in production. ServiceError if the service
    did not take the model; the registry is then unchanged.
    """
    finish_interrupted(site)
    champion = versions.champion(site.client)
    challenger = versions.challenger(site.client)
    if challenger is not None and (
        champion is None or challenger.number != champion.number
    ):
        deploy(site, "promote", challenger, champion)
        return
    if champion is None:
        print(
            "Nothing in Staging and nothing in Production; "
            "`dvc repro` trains and registers a model."
        )
        return
    versions.set_production(site.client, champion.number)
    release_champion(site, champion)
    if not confirm_pending(site):
        print(
            f"Nothing new in Staging. Production: {name(champion.model_id, champion.number)}."
        )


def release_champion(site: Site, champion: versions.Version) -> None:
    """See to it that releases/current names what is in production; what prevents that is said."""
    if site.places is None or releases.current(site.places) == champion.model_id:
        return
    try:
        if releases.publish(site.places, champion.model_id):
            releases.point(site.places, champion.model_id)
            print(f"Released: {name(champion.model_id, champion.number)}.")
    except DataError as error:
        print(f"Not released: {error}")


def main(
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Put the model that waits in Staging into Production, and tell the service."""
    under_lock(promote, params, mlruns, state)


if __name__ == "__main__":
    enter(main)
