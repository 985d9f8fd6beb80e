"""The checks of the service: is it up, does it serve what is in production, rightly and in time.

reads   GET /health, /model_info and /recommend of the service, state/runner.db, state/service/,
        releases/
writes  nothing; state/runner.db, if the job looks: that a deployment which was pending is served

It tells the service nothing. A service that is up is not enough: one that was started anew, or has
fallen back, may serve another model than customers are meant to get.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

from ops.deploy import announce, deployment_log, production
from ops.deploy.production import Deployment
from ops.deploy.service_client import Service
from ops.health import checks
from ops.health.checks import Check, Params, Subject
from recsys.program.errors import DataError, ServiceError

WHO = "health check"
PROMOTE = "run `python runner.py promote` to load what is in production"
ASKED = 5  # lists that are asked for to know how long one takes
SLOW = "see that the machine is not short of CPU or memory, or start more workers of the service"


def look(subject: Subject) -> list[Check]:
    """Up, then what it serves; the rest only where that is as it should be. What the service
    itself finds wrong (its hide list, say) is a warning: lists are answered.
    """
    service = subject.service
    if service is None:
        return [Check("service", "service", "ok", "not configured")]
    found = service.look()
    if found.verdict != "up":
        return [_critical(service, found.verdict, found.why)]
    first = checks.of("service", [("service", lambda: _serves(subject, service))])
    if first[0].level == "critical":
        return first
    return [*first, *_answers(subject, service)]


# ---- what it serves ----
def _serves(subject: Subject, service: Service) -> Check:
    try:
        problem = service.check_health()
        top = production.in_production(deployment_log.rows(subject.db))
        served = _served(service, top)
        if subject.is_job and top and top.status == "pending":
            _confirm(subject, service, top)
    except (DataError, ServiceError) as error:
        return _critical(service, "wrong", str(error))
    level: checks.Level = "warning" if problem else "ok"
    return Check("service", "service", level, served, _limit(service), problem)


def _critical(service: Service, value: str, step: str) -> Check:
    return Check("service", "service", "critical", value, _limit(service), step)


def _limit(service: Service) -> str:
    return f"serves what is in production, answers within {service.timeout_s:g} s"


def _served(service: Service, top: Deployment | None) -> str:
    """What it serves, in words. ServiceError if that is not what is in production."""
    if top is None:  # nothing was deployed yet: it is enough that it answers
        return f"{service.url} is up"
    info = service.info_if_any()
    if info is None:
        raise ServiceError(
            f"{service.url} has no model, but {top.model_id} is in production: {PROMOTE}"
        )
    if info.model_id != top.model_id:
        raise ServiceError(
            f"{service.url} serves {info.model_id}, but {top.model_id} is in production: {PROMOTE}"
        )
    info.check(top.model_id, f"{service.url}/model_info")
    return f"{service.url} serves {info.model_id}"


def _confirm(subject: Subject, service: Service, top: Deployment) -> None:
    # here: the release is read, with numpy, only where there is something to confirm
    from ops.deploy.confirm import look_on

    found = look_on(service, subject.root, subject.state, top)
    now = subject.now
    deployment_log.confirm(subject.db, top.id, "verified", found.detail, now, WHO)
    announce.served(subject.state, replace(found, status="verified"), now)


# ---- how it answers ----
def _answers(subject: Subject, service: Service) -> list[Check]:
    """Whether it gives the lists that the release gives, every worker of it; and how fast."""
    top = production.in_production(deployment_log.rows(subject.db))
    if top is None:
        return []
    # here: they load numpy
    from ops.deploy import verify
    from ops.deploy.releases import Places

    try:
        wanted = verify.expected(Places(subject.root), top.model_id)
    except DataError:  # a check of the models says so
        wanted = verify.Expected(top.model_id)

    def golden() -> Check:
        words = verify.verify(service, wanted, subject.state)
        return Check("service", "golden", "ok", words)

    def latency() -> Check:
        asked: list[Callable[[], object]] = [
            partial(service.recommend, query.user, query.query)
            for query in wanted.golden[:ASKED]
        ]
        taken = [_seconds(ask) for ask in asked or [service.check_health] * ASKED]
        return check_latency(taken, subject.params)

    return checks.of("service", [("golden", golden), ("latency", latency)])


def _seconds(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def check_latency(taken: Sequence[float], params: Params) -> Check:
    """The middle one of some answers, seconds: slow is a warning, not down."""
    middle = median(taken)
    is_slow = middle > params.max_latency_s
    return Check(
        "service",
        "latency",
        "warning" if is_slow else "ok",
        f"{1000 * middle:.0f} ms",
        f"at most {1000 * params.max_latency_s:g} ms",
        SLOW if is_slow else "",
    )
