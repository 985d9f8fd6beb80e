"""`python runner.py release ID`: a model that a rollback has left may be staged and deployed again.

reads   mlruns/ (registry)
writes  mlruns/ (tag `rolled_back`), state/runner.db (deployments)
"""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy import deployment_log
from ops.deploy.site import Site, name, under_lock
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import GateError
from recsys.registry import versions

MODEL_ID = Annotated[str, typer.Argument(metavar="ID", help="E.g. als-0123456789ab.")]


def release(site: Site, model_id: str) -> None:
    """Let the model be staged and deployed again. GateError if it is not in the registry."""
    same = [one for one in versions.versions(site.client) if one.model_id == model_id]
    if not same:
        raise GateError(
            f"{model_id[:60]!r} is not in the registry; "
            f"`python runner.py history` shows what was deployed"
        )
    left = [version for version in same if version.rolled_back]
    if not left:
        print(
            f"{name(model_id, same[-1].number)} was not left by a rollback; nothing to do."
        )
        return
    for version in left:
        deployment_log.release(
            site.db, model_id, version.number, "by hand", site.clock(), site.who
        )
        versions.unmark_rolled_back(site.client, version.number)
    print(
        f"May be deployed again: {name(model_id, same[-1].number)}. "
        f"Do it with: python runner.py deploy --model-id {model_id}"
    )


def main(
    model_id: MODEL_ID,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Let a model that was left by a rollback be deployed again."""
    under_lock(partial(release, model_id=model_id), params, mlruns, state)


if __name__ == "__main__":
    enter(main, "runner.py release")
