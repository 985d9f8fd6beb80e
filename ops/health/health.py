"""Is the pipeline well: data, model, service, runs; the worst of the checks is the overall state.

reads   params.yaml (health, deploy), data/processed/data_stats.json, metrics/evaluate.json,
        state/runner.db, GET /health and /model_info of the service; mlruns/ only if the deployment
        log is empty (MLflow takes seconds)
writes  nothing: a check never changes what it looks at; but where the service serves by now what
        was deployed while it was offline, that is written down (ops/health/service.py)

Exit code: 0 if all is ok or there are only warnings; else that of the first critical check, as
ops/health/checks.py lists them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy import deployment_log, production, service_client
from ops.health import checks
from ops.health.checks import Check, Params
from ops.health.service import check_service
from ops.scheduler import run_history
from recsys.files.atomic import read_json
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError, GateError, UserError
from recsys.ranking import evaluation_file
from recsys.registry import store, versions


# ---- looking ----
def examine(
    root: Path,
    mlruns: Path,
    state: Path,
    params: Params,
    service: service_client.Service | None,
    now: datetime,
) -> list[Check]:
    """All checks, in the order of their importance.

    Nothing that is missing or unreadable raises: such a check is critical.
    """
    db = state / deployment_log.DATABASE
    stats = root / "data/processed/data_stats.json"
    metrics = root / "metrics/evaluate.json"

    def data_age() -> Check:
        return checks.check_data(_newest_event(stats), params, now)

    def recall() -> Check:
        return checks.check_recall(evaluation_file.read(metrics), params)

    def deployment() -> Check:
        return checks.check_deployment(deployment_log.rows(db))

    def success_rate() -> Check:
        return checks.check_success_rate(run_history.runs(state), params, now)

    def stale_runs() -> Check:
        return checks.check_stale_runs(run_history.runs(state), params, now)

    return [
        _or_critical("data_age", checks.DATA, data_age),
        _or_critical(
            "model_age", checks.MODEL, lambda: _model_age(db, mlruns, params, now)
        ),
        _or_critical("recall_at_10", checks.MODEL, recall),
        _or_critical(
            "service",
            checks.SERVICE,
            lambda: check_service(service, root, state, now),
        ),
        _or_critical("deployment", checks.STORE, deployment),
        _or_critical("court", checks.STORE, lambda: _court(db, root)),
        _or_critical("success_rate", checks.STORE, success_rate),
        _or_critical("stale_runs", checks.STORE, stale_runs),
    ]


def _or_critical(name: str, code: int, look: Callable[[], Check]) -> Check:
    """The check; a critical one with this exit code if it cannot be made."""
    try:
        return look()
    except UserError as error:
        return Check(name, "critical", "unknown", "", str(error), code)


def _court(db: Path, root: Path) -> Check:
    top = production.in_production(deployment_log.rows(db))
    # here: they load numpy
    from ops.deploy import hearings
    from recsys.statistics import court

    heard = hearings.last(db)
    if heard is None:
        return checks.check_court([], False)
    rules = parameters.load(court.Params, "court", root / PARAMS_FILE)
    against = {
        name: court.in_words(case, rules)
        for name, case in heard.cases.items()
        if top is not None
        and case.champion_id == top.model_id
        and court.ruling(case, rules) == "worse"
    }
    return checks.check_court(list(against.values()), "popularity" in against)


def _newest_event(stats: Path) -> datetime:
    content = read_json(stats)
    try:
        return _utc(content["newest_event"])
    except (KeyError, TypeError, ValueError):
        raise DataError(
            f"{stats}: no newest_event in ISO 8601; run `dvc repro --force process`"
        ) from None


def _utc(text: str) -> datetime:
    """A moment; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _model_age(db: Path, mlruns: Path, params: Params, now: datetime) -> Check:
    top = production.in_production(deployment_log.rows(db))
    if top is not None and top.model_created_at is not None:
        return checks.check_model_age(top.model_id, top.model_created_at, params, now)
    if store.exists(mlruns):
        champion = versions.champion(store.reader(mlruns))
        if champion is not None:
            return checks.check_model_age(
                champion.model_id, champion.created_at, params, now
            )
    raise GateError(
        "no model is in Production; run `dvc repro`, then `python runner.py promote`"
    )


# ---- words ----
def as_json(results: Sequence[Check], now: datetime) -> str:
    """For programs."""
    report = {
        "overall": checks.overall(results),
        "checked_at": now.isoformat(),
        "checks": [asdict(check) for check in results],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def as_text(results: Sequence[Check]) -> str:
    """For people: a line a check, and the next step below those that need one."""
    lines = []
    for check in results:
        limit = f"  [{check.threshold}]" if check.threshold else ""
        lines.append(f"{check.level:9}{check.name:14}{check.value}{limit}")
        if check.next_step:
            lines.append(f"{'':9}-> {check.next_step}")
    return "\n".join([*lines, f"overall: {checks.overall(results)}"])


def main(
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Say how data, model, service and runs are.

    Exit 0 ok or warning, 3 data, 4 model, 6 database, 7 service, 70 runs.
    """
    limits = parameters.load(Params, "health", params)
    service = service_client.service(
        parameters.load(service_client.Params, "deploy", params)
    )
    now = datetime.now(UTC)
    results = examine(params.parent, mlruns, state, limits, service, now)
    print(as_json(results, now) if json_ else as_text(results))
    raise typer.Exit(checks.exit_code(results))


if __name__ == "__main__":
    enter(main)
