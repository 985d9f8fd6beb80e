"""One question over HTTP and its whole answer within a deadline, or why there is none.

Redirects are not followed (a 302 after a POST would carry it elsewhere), a loopback address is
never asked through a proxy, an answer is at most 64 KiB, and the deadline is for the whole answer:
the timeout of requests itself is per read, so that a server that sends a byte a second holds a
caller for ever.
"""

import ipaddress
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from recsys.program.errors import ServiceError

MAX_BODY_BYTES = 64 * 1024
IS_IT = "is this the service?"


class OfflineError(ServiceError):
    """Nobody listens there: the service is down."""


class UnclearError(ServiceError):
    """No whole answer: it may be up or down, and what it was told may or may not be done."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def says(self) -> str:
        """Its beginning, for a message."""
        return self.body[:200].decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class Question:
    """What is asked. No message ever shows the headers: a token may stand there."""

    method: str
    url: str
    payload: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def ask(question: Question, timeout_s: float) -> Answer:
    """One answer, whole, within `timeout_s`. OfflineError or UnclearError without one.

    The thread that reads may live longer; nobody waits for it.
    """
    box: queue.SimpleQueue[Answer | ServiceError] = queue.SimpleQueue()
    reader = threading.Thread(
        target=_read_into, args=(box, question, timeout_s), daemon=True
    )
    reader.start()
    try:
        answer = box.get(timeout=timeout_s)
    except queue.Empty:
        raise UnclearError(
            f"{question}: no whole answer within {timeout_s:g} s; "
            "is the service overloaded?"
        ) from None
    if isinstance(answer, ServiceError):
        raise answer
    return answer


def _read_into(
    box: "queue.SimpleQueue[Answer | ServiceError]",
    question: Question,
    timeout_s: float,
) -> None:
    try:
        box.put(_request(question, timeout_s))
    except ServiceError as error:
        box.put(error)
    except (requests.RequestException, HTTPError, ValueError, OSError) as error:
        box.put(UnclearError(f"{question}: {error}; {IS_IT}"))


def _request(question: Question, timeout_s: float) -> Answer:
    with requests.Session() as session:
        session.trust_env = not is_loopback(question.url)
        try:
            with session.request(
                question.method,
                question.url,
                json=question.payload,
                timeout=timeout_s,
                allow_redirects=False,
                stream=True,
                headers={"Accept-Encoding": "identity", **question.headers},
            ) as response:
                return Answer(response.status_code, _body(response, question))
        except requests.Timeout:
            raise UnclearError(
                f"{question}: no answer within {timeout_s:g} s; is the service overloaded?"
            ) from None
        except requests.ConnectionError as error:
            _explain(error, question)


def _explain(error: requests.ConnectionError, question: Question) -> NoReturn:
    """Nobody listening is OfflineError; a connection that broke is a service with a problem."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if reason is None or isinstance(error, requests.exceptions.SSLError):
        raise UnclearError(
            f"{question}: the connection broke ({error}); see the service's log"
        ) from None
    raise OfflineError(
        f"{question}: no connection; start the service, "
        "or correct deploy.service_url in params.yaml"
    ) from None


def _body(response: requests.Response, question: Question) -> bytes:
    body = b""
    while part := response.raw.read1(MAX_BODY_BYTES, decode_content=False):
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise UnclearError(
                f"{question}: an answer of more than {MAX_BODY_BYTES} bytes; {IS_IT}"
            )
    return body


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
