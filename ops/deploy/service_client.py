"""The recommendation service over HTTP: is it there, load this model, which model is it serving.

    GET /health                                  any answer: online
    POST /reload_model  {"model_id": "als-..."}  2xx: loaded; with a bearer token
    GET /model_info  -> {"model_id": "als-..."}  what it serves

Redirects are not followed (a 302 after a POST would carry it elsewhere), a loopback address is
never asked through a proxy, an answer is at most 64 KiB, and `timeout_s` is for the whole answer:
the timeout of requests itself is per read, so that a server that sends a byte a second holds a
caller for ever.
"""

import ipaddress
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from pydantic import PositiveFloat, field_validator
from urllib3.exceptions import HTTPError

from recsys.files.atomic import parse_json
from recsys.program.errors import ServiceError
from recsys.program.params import Section

MAX_BODY_BYTES = 64 * 1024


class Params(Section):
    """Section `deploy` of params.yaml."""

    service_url: str  # "" if there is no service to tell
    timeout_s: PositiveFloat  # for one answer, whole

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
        _ = parts.port  # ValueError if it is not a port
        return url.rstrip("/")


class OfflineError(ServiceError):
    """The service did not answer at all, or not in time."""


@dataclass(frozen=True)
class Answer:
    """What the service sent."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Service:
    """The service at `url`; each call takes at most `timeout_s` seconds.

    A reload carries `token`, which no message ever shows.
    """

    url: str
    timeout_s: float
    token: str = field(default="", repr=False)

    def online(self) -> bool:
        """Whether anything answers at /health; a service that has no model yet may well say 503."""
        try:
            self._ask("GET", "/health")
        except OfflineError:
            return False
        return True

    def check_health(self) -> None:
        """OfflineError, or ServiceError if /health answers anything but 2xx."""
        self._succeed("GET", "/health")

    def reload(self, model_id: str) -> None:
        """Make the service load `model_id`. ServiceError if it does not say 2xx."""
        self._succeed("POST", "/reload_model", {"model_id": model_id})

    def serving(self) -> str:
        """The id of the model that the service serves.

        ServiceError if the answer is not such an object.
        """
        return model_id_of(
            self._succeed("GET", "/model_info").body, f"{self.url}/model_info"
        )

    def load(self, model_id: str) -> None:
        """Reload and verify: ServiceError unless the service then serves `model_id`."""
        self.reload(model_id)
        serving = self.serving()
        if serving != model_id:
            raise ServiceError(
                f"{self.url}/model_info: serves {serving!r} after a reload of {model_id}"
            )

    def _succeed(
        self, method: str, path: str, payload: dict[str, str] | None = None
    ) -> Answer:
        answer = self._ask(method, path, payload)
        if not 200 <= answer.status < 300:
            says = answer.body[:200].decode("utf-8", "replace").strip()
            raise ServiceError(
                f"{method} {self.url}{path}: HTTP {answer.status} {says!r}; see the service's log"
            )
        return answer

    def _ask(
        self, method: str, path: str, payload: dict[str, str] | None = None
    ) -> Answer:
        """One answer, whole, within `timeout_s`.

        The thread that reads may live longer; nobody waits for it.
        """
        box: queue.SimpleQueue[Answer | ServiceError] = queue.SimpleQueue()
        reader = threading.Thread(
            target=self._read_into, args=(box, method, path, payload), daemon=True
        )
        reader.start()
        try:
            answer = box.get(timeout=self.timeout_s)
        except queue.Empty:
            raise OfflineError(
                f"{method} {self.url}{path}: no whole answer within {self.timeout_s:g} s; "
                "is the service overloaded?"
            ) from None
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def _read_into(
        self,
        box: "queue.SimpleQueue[Answer | ServiceError]",
        method: str,
        path: str,
        payload: dict[str, str] | None,
    ) -> None:
        try:
            bearer = {"Authorization": f"Bearer {self.token}"} if payload else {}
            box.put(
                _request(method, f"{self.url}{path}", payload, self.timeout_s, bearer)
            )
        except ServiceError as error:
            box.put(error)
        except (requests.RequestException, HTTPError, ValueError, OSError) as error:
            box.put(ServiceError(f"{method} {self.url}{path}: {error}"))


def service(params: Params, token: Callable[[], str] = str) -> Service | None:
    """The service that params.yaml names, with the token it asks for; None if there is none."""
    if not params.service_url:
        return None
    return Service(params.service_url, params.timeout_s, token())


def _request(
    method: str,
    url: str,
    payload: dict[str, str] | None,
    timeout_s: float,
    bearer: dict[str, str],
) -> Answer:
    with requests.Session() as session:
        session.trust_env = not _is_loopback(url)
        try:
            with session.request(
                method,
                url,
                json=payload,
                timeout=timeout_s,
                allow_redirects=False,
                stream=True,
                headers={"Accept-Encoding": "identity", **bearer},
            ) as response:
                return Answer(response.status_code, _body(response, url))
        except requests.Timeout:
            raise OfflineError(
                f"{method} {url}: no answer within {timeout_s:g} s; is the service overloaded?"
            ) from None
        except requests.ConnectionError as error:
            _explain(error, method, url)


def _explain(error: requests.ConnectionError, method: str, url: str) -> NoReturn:
    """Nobody listening is OfflineError; a connection that broke is a service with a problem."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if reason is None or isinstance(error, requests.exceptions.SSLError):
        raise ServiceError(
            f"{method} {url}: the connection broke ({error}); see the service's log"
        ) from None
    raise OfflineError(
        f"{method} {url}: no connection; start the service, "
        "or correct deploy.service_url in params.yaml"
    ) from None


def _body(response: requests.Response, url: str) -> bytes:
    body = b""
    while part := response.raw.read1(MAX_BODY_BYTES, decode_content=False):
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise ServiceError(
                f"{url}: an answer of more than {MAX_BODY_BYTES} bytes; is this the service?"
            )
    return body


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def model_id_of(body: bytes, place: str) -> str:
    """The `model_id` of a JSON object.

    ServiceError if the bytes are not strict JSON (UTF-8, no NaN), not an object, or the id is not a
    text.
    """
    try:
        value: Any = parse_json(body)
    except ValueError as error:
        raise ServiceError(
            f"{place}: not JSON ({error}); is this the service?"
        ) from None
    if not isinstance(value, dict) or not isinstance(value.get("model_id"), str):
        raise ServiceError(
            f'{place}: expected {{"model_id": "..."}}, found {body[:200]!r}; is this the service?'
        )
    return str(value["model_id"])
