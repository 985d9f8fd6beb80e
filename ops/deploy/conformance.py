"""Does a service speak the contract of docs/service.md: the five routes that deployments rely on.

usage   python -m ops.deploy.conformance URL        e.g. http://127.0.0.1:8000

reads   the service; the token from RECOMMENDER_TOKEN, else state/service.token
writes  nothing; the service is told to load the model that it serves once more, if there is a token

A line a clause; exit 7 if one is broken.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy.service_client import Info, Service
from ops.deploy.transport import Answer, Question, ask
from recsys.program.command_line import enter
from recsys.program.errors import ServiceError
from recsys.serving import token

NOBODY = "nobody-has-this-id"
NOTHING = "no-such-product"
ODD_IDS = (
    "a%2Fb",
    "%C4%91",
    "..%2F..%2Fetc%2Fpasswd",
    "%00",
    "%F0%9F%92%84",
    "x" * 900,
)
NO_MODEL = "als-000000000000"  # of the right form, and nobody's


@dataclass(frozen=True)
class Clause:
    """One thing that the contract asks for."""

    words: str
    test: Callable[[Service], None]


def results(service: Service) -> Iterator[tuple[str, str]]:
    """Each clause with what is wrong, "" if nothing is."""
    for clause in CLAUSES:
        try:
            clause.test(service)
        except ServiceError as error:
            yield clause.words, str(error)
        else:
            yield clause.words, ""


# ---- what is asked ----
def _get(service: Service, path: str) -> Answer:
    return ask(Question("GET", service.url + path), service.timeout_s)


def _reload(service: Service, model_id: str, bearer: str | None) -> Answer:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    url = f"{service.url}/reload_model"
    return ask(
        Question("POST", url, {"model_id": model_id}, headers), service.timeout_s
    )


def _wanted(condition: bool, words: str) -> None:
    if not condition:
        raise ServiceError(words)


def _refused(answer: Answer, *codes: int) -> None:
    """The code is one of these, or any 4xx; with a JSON object that has a message."""
    right = answer.status in codes if codes else 400 <= answer.status < 500
    _wanted(right, f"HTTP {answer.status}, not {' or '.join(map(str, codes)) or '4xx'}")


def _first_list(service: Service) -> list[str]:
    return service.recommend(NOBODY, {"k": 5})[1]


# ---- the clauses ----
def _health(service: Service) -> None:
    look = service.look()
    _wanted(look.verdict == "up", look.why)


def _info(service: Service) -> None:
    info = service.info()
    short = info.model_id.rpartition("-")[2]
    _wanted(
        info.manifest_sha256.startswith(short),
        f"model {info.model_id} has a manifest {info.manifest_sha256[:12]}...: "
        f"an id ends in the first 12 digits of it",
    )


def _unknown_user(service: Service) -> None:
    products = _first_list(service)
    _wanted(0 < len(products) <= 5, f"{len(products)} products for k=5")
    _wanted(len(set(products)) == len(products), "a product stands there twice")


def _same_model(service: Service) -> None:
    info, (model_id, _) = service.info(), service.recommend(NOBODY, {"k": 1})
    _wanted(model_id == info.model_id, f"a list by {model_id}, of {info.model_id}")


def _same_list(service: Service) -> None:
    _wanted(_first_list(service) == _first_list(service), "two lists differ")


def _length(service: Service) -> None:
    longer = service.recommend(NOBODY, {"k": 5})[1]
    shorter = service.recommend(NOBODY, {"k": 2})[1]
    _wanted(shorter == longer[:2], f"{shorter} is not the beginning of {longer}")


def _exclude(service: Service) -> None:
    first = _first_list(service)
    gone = first[:2]
    left = service.recommend(NOBODY, {"k": 5, "exclude": gone})[1]
    _wanted(not set(gone) & set(left), f"{gone} were excluded, {left} came")
    _wanted(left[:3] == first[2:5], "the others do not move up")


def _wrong_query(service: Service) -> None:
    for query in ("k=0", "k=-1", "k=many", "brand=no-such-brand-anywhere"):
        answer = _get(service, f"/recommend/{NOBODY}?{query}")
        _wanted(400 <= answer.status < 500, f"?{query}: HTTP {answer.status}, not 4xx")


def _odd_ids(service: Service) -> None:
    for user in ODD_IDS:
        answer = _get(service, f"/recommend/{user}?k=1")
        _wanted(answer.status < 500, f"{user[:40]}: HTTP {answer.status}")


def _similar(service: Service) -> None:
    product = _first_list(service)[0]
    model_id, products = service.similar(product, {"k": 3})
    _wanted(product not in products, f"{product} is like itself")
    _wanted(model_id == service.info().model_id, f"a list by {model_id}")


def _no_such_product(service: Service) -> None:
    _refused(_get(service, f"/similar/{NOTHING}?k=3"), 404)


def _stranger(service: Service) -> None:
    before = service.info()
    for bearer in (None, "", "not-the-token-of-this-service"):
        _refused(_reload(service, before.model_id, bearer), 401, 403)
    _unchanged(service, before)


def _no_such_model(service: Service) -> None:
    before = service.info()
    _wanted(bool(service.token), f"not tried: no token; set {token.VARIABLE}")
    for model_id in (NO_MODEL, "../../etc/passwd", "x" * 900):
        _refused(_reload(service, model_id, service.token))
    _unchanged(service, before)


def _unchanged(service: Service, before: Info) -> None:
    after = service.info()
    known = (before.model_id, before.manifest_sha256)
    _wanted((after.model_id, after.manifest_sha256) == known, "another model serves")
    if after.worker == before.worker:
        _wanted(after.generation == before.generation, "a new generation serves")


def _again(service: Service) -> None:
    before = service.info()
    _wanted(bool(service.token), f"not tried: no token; set {token.VARIABLE}")
    service.reload(before.model_id)
    after = service.info()
    _wanted(after.model_id == before.model_id, f"{after.model_id} serves now")
    if after.worker == before.worker:
        newer = after.generation > before.generation
        _wanted(newer, f"generation {after.generation} after {before.generation}")


CLAUSES = [
    Clause("GET /health answers 2xx (503 without a model) and a JSON object", _health),
    Clause("GET /model_info has model_id, manifest_sha256, generation", _info),
    Clause("GET /recommend/{user_id} has a list for a user who is not known", _unknown_user),
    Clause("each list names the model that /model_info names", _same_model),
    Clause("the same question has the same answer", _same_list),
    Clause("k is the length of the list, and changes nothing else", _length),
    Clause("exclude takes products out, and the others move up", _exclude),
    Clause("a wrong k or an unknown brand is a 4xx", _wrong_query),
    Clause("ids with any characters are answered, never with a 5xx", _odd_ids),
    Clause("GET /similar/{product_id} leaves the product itself out", _similar),
    Clause("GET /similar of an unknown product is a 404", _no_such_product),
    Clause("POST /reload_model without the token is a 401 or 403", _stranger),
    Clause("POST /reload_model of an unknown model is a 4xx, nothing changes", _no_such_model),
    Clause("POST /reload_model of the same model is a new generation of it", _again),
]  # fmt: skip


def _token() -> str:
    """The token, if there is one already; none is made."""
    known = token.VARIABLE in os.environ or (Path("state") / token.FILE).exists()
    return token.token(Path("state")) if known else ""


def main(
    url: Annotated[str, typer.Argument(metavar="URL")],
    timeout_s: Annotated[float, typer.Option(min=0.1, help="For an answer.")] = 10.0,
) -> None:
    """Test a service against the contract; exit 7 if it breaks a clause."""
    broken = 0
    for words, wrong in results(Service(url.rstrip("/"), timeout_s, _token())):
        broken += bool(wrong)
        print(f"{'BROKEN' if wrong else 'ok':8}{words}")
        if wrong:
            print(f"{'':8}-> {wrong}")
    if broken:
        raise ServiceError(f"{url}: {broken} of {len(CLAUSES)} clauses are broken")
    print(f"{url} speaks the contract: {len(CLAUSES)} clauses")


if __name__ == "__main__":
    enter(main)
