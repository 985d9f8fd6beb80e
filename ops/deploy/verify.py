"""Does the service really serve a model: id, manifest hash, generation, golden lists, each worker.

All that is asked after a reload together takes at most `deploy.verify_s` seconds. Nothing here
changes anything but by the reload that is asked for.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ops.deploy.releases import Places
from ops.deploy.service_client import Info, Service
from ops.deploy.transport import is_loopback
from recsys.program.errors import ServiceError
from recsys.serving import attestation, golden, hidden, pointer, release
from recsys.serving.attestation import Attestation
from recsys.serving.golden import Golden
from recsys.serving.recommender import Recommender

POLL_S = 0.1  # between two looks at what the workers say
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Expected:
    """What a service that serves a model says; without a release less is known of it."""

    model_id: str
    manifest_sha256: str | None = None
    golden: Sequence[Golden] = ()
    digest: str | None = None  # of the golden lists with nothing hidden


def expected(places: Places | None, model_id: str) -> Expected:
    """By the release of the model, if there is one. DataError if that is not whole."""
    if places is None or not pointer.MODEL_ID.fullmatch(model_id):
        return Expected(model_id)
    if not (places.releases / model_id).exists():
        return Expected(model_id)
    recommender = Recommender(release.load(places.releases, model_id))
    digest = golden.digest(recommender)
    recommender.catalogue.hide(*hidden.read_both(places.releases))
    sha256 = recommender.release.about.manifest_sha256
    return Expected(model_id, sha256, golden.golden(recommender), digest)


def load(service: Service, wanted: Expected, state: Path) -> str:
    """Reload, then verify; how it was verified. ServiceError if the service does not serve it."""
    former = service.info_if_any()
    before = {said.worker: said.generation for said in attested(service, state)}
    service.reload(wanted.model_id)
    return verify(service, wanted, state, former, before)


def verify(
    service: Service,
    wanted: Expected,
    state: Path,
    former: Info | None = None,
    before: Mapping[int, int] | None = None,
) -> str:
    """How it was found that the service serves what is wanted. ServiceError if it does not.

    `former` is what it said before a reload, `before` the generation of each worker.
    """
    end = time.monotonic() + service.verify_s
    while True:
        try:
            return _verified(service, wanted, state, former, before or {}, end)
        except ServiceError:
            # of workers elsewhere one cannot know when the last one has followed
            alone = former is None or former.workers == 1 or attested(service, state)
            if alone or time.monotonic() + POLL_S > end:
                raise
            time.sleep(POLL_S)


def _verified(
    service: Service,
    wanted: Expected,
    state: Path,
    former: Info | None,
    before: Mapping[int, int],
    end: float,
) -> str:
    workers = _wait_for_workers(service, wanted, state, before, end)
    info = service.within(end).info()
    _check(service, info, wanted)
    _check_newer(service, info, former)
    for query in wanted.golden:
        _check_list(service.within(end), query, wanted)
    again = service.within(end).info()
    _check(service, again, wanted)
    if again.worker == info.worker and again.generation != info.generation:
        raise ServiceError(
            f"{service.url}/model_info: generation {info.generation}, then "
            f"{again.generation}: somebody else reloads it; try again"
        )
    return _words(info, wanted, workers)


def attested(service: Service, state: Path) -> list[Attestation]:
    """What its workers say of themselves, if they run on this machine."""
    if not is_loopback(service.url):
        return []
    parts = urlsplit(service.url)
    return attestation.read(state, parts.port or PORTS[parts.scheme], time.time())


def _check(service: Service, info: Info, wanted: Expected) -> None:
    place = f"{service.url}/model_info"
    info.check(wanted.model_id, place)
    if wanted.manifest_sha256 not in (None, info.manifest_sha256):
        raise ServiceError(
            f"{place}: manifest {info.manifest_sha256} of {wanted.model_id}, not "
            f"{wanted.manifest_sha256}; see that the service reads the same releases/"
        )


def _check_newer(service: Service, info: Info, former: Info | None) -> None:
    same = former is not None and former.worker == info.worker
    if former and same and info.generation <= former.generation:
        raise ServiceError(
            f"{service.url}/model_info: generation {info.generation} after a reload, "
            f"{former.generation} before it: it has loaded nothing"
        )


def _check_list(service: Service, query: Golden, wanted: Expected) -> None:
    model_id, products = service.recommend(query.user, query.query)
    place = f"{service.url}/recommend/{query.user} {query.query}"
    if model_id != wanted.model_id:
        raise ServiceError(f"{place}: a list by {model_id!r}, not {wanted.model_id}")
    if products != list(query.products):
        raise ServiceError(
            f"{place}: {products}; the release gives {list(query.products)}"
        )


def _wait_for_workers(
    service: Service,
    wanted: Expected,
    state: Path,
    before: Mapping[int, int],
    end: float,
) -> int:
    """How many workers serve it, once all do; 0 if they do not run here. ServiceError at `end`."""
    while said := attested(service, state):
        late = [worker for worker in said if not _serves(worker, wanted, before)]
        if not late and len(said) == said[0].workers:
            return len(said)
        if said[0].workers == 1 or time.monotonic() + POLL_S > end:
            odd = "; ".join(f"{one.worker} serves {one.model_id}" for one in late)
            raise ServiceError(
                f"{service.url}: {len(said) - len(late)} of {said[0].workers} workers serve "
                f"{wanted.model_id} after {service.verify_s:g} s ({odd or 'others are gone'})"
            )
        time.sleep(POLL_S)
    return 0


def _serves(said: Attestation, wanted: Expected, before: Mapping[int, int]) -> bool:
    known = (wanted.manifest_sha256, wanted.digest)
    right = known == (None, None) or known == (said.manifest_sha256, said.golden)
    newer = said.generation > before.get(said.worker, 0)
    return said.model_id == wanted.model_id and right and newer


def _words(info: Info, wanted: Expected, workers: int) -> str:
    found = ["id", "manifest hash", f"generation {info.generation}"]
    if wanted.golden:
        found.append(f"{len(wanted.golden)} golden lists")
    if workers:
        found.append(f"{workers} {'worker' if workers == 1 else 'workers'}")
    return ", ".join(found)
