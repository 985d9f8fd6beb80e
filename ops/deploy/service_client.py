"""The recommendation service over HTTP: is it there, load this model, what does it serve.

    GET  /health                                  2xx, or 503 without a model: it is up
    GET  /model_info                              model_id, manifest_sha256, generation, ...
    POST /reload_model  {"model_id": "als-..."}   2xx: loaded; with a bearer token
    GET  /recommend/{user_id}?k=&exclude=&brand=&type=
    GET  /similar/{product_id}?k=&exclude=&brand=&type=

docs/service.md has this as a contract that any service may speak, ops/deploy/conformance.py tests
one. There are three answers to whether a service is there: up, down, and unclear, which is neither.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    ValidationError,
    field_validator,
)

from ops.deploy.transport import (
    IS_IT,
    Answer,
    OfflineError,
    Question,
    UnclearError,
    ask,
)
from recsys.files.atomic import parse_json
from recsys.program.errors import ServiceError
from recsys.program.params import Section

SHORT = re.compile("[0-9a-f]{12}")  # the end of an id: of its manifest's hash
SAID = 300  # characters of what it says is wrong with it
NO_MODEL = (404, 503)  # what /model_info answers before there is a model

# parameters of a list: k, exclude (several), brand, type
Query = Mapping[str, object]


class Params(Section):
    """Section `deploy` of params.yaml."""

    service_url: str  # "" if there is no service to tell
    timeout_s: PositiveFloat  # for one answer, whole
    verify_s: PositiveFloat  # for all questions after a reload together
    delisted_after_days: NonNegativeFloat  # 0: never (ops/pipeline/delisted.py)

    @field_validator("service_url")
    @classmethod
    def _check_that_it_is_plain(cls, url: str) -> str:
        """http(s)://host[:port][/path], nothing else: a password would end in git and in logs."""
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a URL such as http://127.0.0.1:8000, or empty, is needed")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                "a URL without user, password, query and fragment is needed"
            )
        try:
            _ = parts.port
        except ValueError:  # its text would show what stands there
            raise ValueError("a port from 0 to 65535 is needed") from None
        return url.rstrip("/")


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Info(_Message):
    """What /model_info says; more may stand there."""

    model_id: str
    manifest_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    generation: Annotated[int, Field(ge=1)]  # of models, in this worker
    worker: int = 0  # which process has answered; 0: there is one
    workers: Annotated[int, Field(ge=1)] = 1

    def check(self, model_id: str, place: str) -> None:
        """ServiceError unless it is this model, with the manifest that gave it its id."""
        if self.model_id != model_id:
            raise ServiceError(f"{place}: serves {self.model_id!r}, not {model_id}")
        short = model_id.rpartition("-")[2]
        if SHORT.fullmatch(short) and not self.manifest_sha256.startswith(short):
            raise ServiceError(
                f"{place}: manifest {self.manifest_sha256[:12]}... of {model_id}: another model "
                f"under its name; see that the service reads the same releases/"
            )


class _Item(_Message):
    product_id: str


class _List(_Message):
    model_id: str
    items: list[_Item]


M = TypeVar("M", bound=_Message)


@dataclass(frozen=True)
class Look:
    """Whether the service is there, and why that is said."""

    verdict: Literal["up", "down", "unclear"]
    why: str


@dataclass(frozen=True)
class Service:
    """The service at `url`; one answer takes at most `timeout_s`, a verification `verify_s`.

    A reload carries `token`, which no message ever shows.
    """

    url: str
    timeout_s: float
    token: str = field(default="", repr=False)
    verify_s: float = 30.0

    def look(self) -> Look:
        """Up, down or unclear; a service that has no model yet is up."""
        try:
            answer = self._ask("GET", "/health")
            if not answer.is_good and answer.status != 503:
                return Look("unclear", self._said("GET", "/health", answer))
            _object(answer.body, f"{self.url}/health")
        except OfflineError as error:
            return Look("down", str(error))
        except ServiceError as error:
            return Look("unclear", str(error))
        return Look("up", f"{self.url} is up")

    def within(self, end: float) -> "Service":
        """The same that answers before `end` (time.monotonic). UnclearError if that is over."""
        left = end - time.monotonic()
        if left <= 0:
            raise UnclearError(
                f"{self.url}: not verified within {self.verify_s:g} s (deploy.verify_s); "
                "is the service overloaded?"
            )
        return replace(self, timeout_s=min(self.timeout_s, left))

    def check_health(self) -> str:
        """What it says is wrong with it, "" if nothing is.

        OfflineError, or ServiceError if /health answers anything but a JSON object with 2xx.
        """
        answer = self._succeed("GET", "/health")
        problem = _object(answer.body, f"{self.url}/health").get("problem")
        return " ".join(problem.split())[:SAID] if isinstance(problem, str) else ""

    def reload(self, model_id: str) -> None:
        """Make the service load `model_id`. ServiceError if it does not say 2xx."""
        self._succeed("POST", "/reload_model", {"model_id": model_id})

    def info(self) -> Info:
        """What the service serves. ServiceError if the answer is not that."""
        answer = self._succeed("GET", "/model_info")
        return info_of(answer.body, f"{self.url}/model_info")

    def info_if_any(self) -> Info | None:
        """The same; None if the service has no model yet."""
        answer = self._ask("GET", "/model_info")
        if answer.status in NO_MODEL:
            return None
        if not answer.is_good:
            raise ServiceError(self._said("GET", "/model_info", answer))
        return info_of(answer.body, f"{self.url}/model_info")

    def recommend(self, user: str, query: Query) -> tuple[str, list[str]]:
        """The model and the products of a user's list."""
        return self._list(f"/recommend/{quote(user, safe='')}", query)

    def similar(self, product: str, query: Query) -> tuple[str, list[str]]:
        """The model, and the products like this one."""
        return self._list(f"/similar/{quote(product, safe='')}", query)

    def _list(self, path: str, query: Query) -> tuple[str, list[str]]:
        whole = f"{path}?{urlencode(query, doseq=True)}"
        answer = self._succeed("GET", whole)
        found = _parsed(_List, answer.body, f"{self.url}{whole}")
        return found.model_id, [item.product_id for item in found.items]

    def _succeed(
        self, method: str, path: str, payload: dict[str, object] | None = None
    ) -> Answer:
        answer = self._ask(method, path, payload)
        if not answer.is_good:
            raise ServiceError(self._said(method, path, answer))
        return answer

    def _ask(
        self, method: str, path: str, payload: dict[str, object] | None = None
    ) -> Answer:
        bearer = {"Authorization": f"Bearer {self.token}"} if payload else {}
        return ask(Question(method, self.url + path, payload, bearer), self.timeout_s)

    def _said(self, method: str, path: str, answer: Answer) -> str:
        """What it refuses with; a service that repeats the token does not get it into a log."""
        says = answer.says.replace(self.token, "***") if self.token else answer.says
        return (
            f"{method} {self.url}{path}: HTTP {answer.status} {says!r}; "
            f"see the service's log"
        )


def service(params: Params, token: Callable[[], str] = str) -> Service | None:
    """The service that params.yaml names, with the token it asks for; None if there is none."""
    if not params.service_url:
        return None
    return Service(params.service_url, params.timeout_s, token(), params.verify_s)


def info_of(body: bytes, place: str) -> Info:
    """The answer of /model_info.

    ServiceError if the bytes are not strict JSON (UTF-8, no NaN), or not such an object.
    """
    return _parsed(Info, body, place)


def _parsed(kind: type[M], body: bytes, place: str) -> M:
    value = _object(body, place)
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise ServiceError(
            f"{place}: {key}: {problem['msg']}, found {body[:200]!r}; {IS_IT}"
        ) from None


def _object(body: bytes, place: str) -> dict[str, Any]:
    try:
        value: Any = parse_json(body)
    except ValueError as error:
        raise ServiceError(f"{place}: not JSON ({error}); {IS_IT}") from None
    if not isinstance(value, dict):
        raise ServiceError(
            f"{place}: expected a JSON object, found {body[:200]!r}; {IS_IT}"
        )
    return value
