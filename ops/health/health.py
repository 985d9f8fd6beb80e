"""Is the pipeline well: data, models, service, store, runs, disk; the worst check is the whole.

reads   params.yaml (health, deploy), and what each component's module names; mlruns/ only if the
        deployment log is empty (MLflow takes seconds)
writes  nothing: a check never changes what it looks at. With --alert, state/alerts.db; as the
        runner's job also state/health.json (ops/health/memory.py), and that a deployment which was
        pending is served by now (ops/health/service.py)

Exit code: 0 if all is ok or there are only warnings; else that of the first critical check, as
ops/health/checks.py lists them. As the runner's job it is 0 whatever was found: that the patient is
ill is no failure of the look, and is told by alerts.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ops import said
from ops.alerts import settings
from ops.deploy import service_client
from ops.health import (
    checks,
    data,
    disk,
    models,
    pipelines,
    service,
    store,
    tell,
)
from ops.health.checks import COMPONENTS, Check, Component, Params, Subject
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, UserError

LOOKS: dict[Component, Callable[[Subject], list[Check]]] = {
    "data": data.look,
    "models": models.look,
    "service": service.look,
    "store": store.look,
    "pipelines": pipelines.look,
    "disk": disk.look,
}


def examine(
    subject: Subject, components: Sequence[Component] = COMPONENTS
) -> list[Check]:
    """All checks of these components, in the order of their importance.

    Nothing that is missing or unreadable raises: such a check is critical.
    """
    return [check for component in components for check in LOOKS[component](subject)]


# ---- words ----
def as_json(results: Sequence[Check], now: datetime) -> str:
    """For programs."""
    report = {
        "overall": checks.overall(results),
        "checked_at": now.isoformat(),
        "components": {
            component: checks.overall(of)
            for component in COMPONENTS
            if (of := [check for check in results if check.component == component])
        },
        "checks": [
            {**asdict(check), "exit_code": check.exit_code} for check in results
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def as_text(results: Sequence[Check]) -> str:
    """For people: a line a check, and the next step below those that need one."""
    lines = []
    for check in results:
        limit = f"  [{check.threshold}]" if check.threshold else ""
        name = f"{check.component:10} {check.name:16}"
        lines.append(f"{check.level:9}{name}{check.value}{limit}")
        if check.next_step:
            lines.append(f"{'':9}-> {check.next_step}")
    return "\n".join([*lines, f"overall: {checks.overall(results)}"])


# ---- the command ----
def chosen(names: Sequence[str]) -> tuple[Component, ...]:
    """The components of these names, all if there are none. ConfigError names the known ones."""
    known: dict[str, Component] = {component: component for component in COMPONENTS}
    for name in names:
        if name not in known:
            raise ConfigError(
                f"unknown component {name!r}; known are {', '.join(COMPONENTS)}"
            )
    return tuple(known[name] for name in dict.fromkeys(names)) or COMPONENTS


def main(
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    component: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"Only this one: {', '.join(COMPONENTS)}."),
    ] = None,
    alert: Annotated[
        bool, typer.Option("--alert", help="Alert of what has changed.")
    ] = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Say how data, models, service, store, runs and disk are.

    Exit 0 ok or warning, 3 data, 4 models, 6 store, 7 service, 8 disk, 70 runs.
    """
    components = chosen(component or [])
    limits = parameters.load(Params, "health", params)
    client = service_client.service(
        parameters.load(service_client.Params, "deploy", params)
    )
    now, is_job = datetime.now(UTC), said.SAYS in os.environ
    subject = Subject(params.parent, mlruns, state, limits, client, now, is_job)
    results = examine(subject, components)
    print(as_json(results, now) if json_ else as_text(results), flush=True)
    if alert or is_job:
        tell.tell(state, results, now)
    if is_job:
        settings.plan(params, state, now)
        said.tell(reason=f"found {checks.overall(results)}{_worst(results)}")
        return
    if alert:
        _deliver(state, params, now)
    raise typer.Exit(checks.exit_code(results))


def _worst(results: Sequence[Check]) -> str:
    level = checks.overall(results)
    names = [check.name for check in results if check.level == level != "ok"]
    return f": {', '.join(names)}" if names else ""


def _deliver(state: Path, params: Path, now: datetime) -> None:
    """Deliver what waits, as no runner may be up; what does not leave is said, no failure."""
    from ops.alerts import outbox, send  # here: apprise takes half a second

    if not outbox.waiting(state, now):
        return
    try:
        outcome: Any = send.sender(state, params).send(now).failed
    except UserError as error:
        outcome = {"alerts": str(error)}
    for name, why in outcome.items():
        print(f"not delivered, tried again later: {name}: {why}")


if __name__ == "__main__":
    enter(main, "runner.py health")
