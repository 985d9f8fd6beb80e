"""Questions to an MLflow server by its REST interface, without MLflow (its import takes 3 s).

reads   MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN; MLFLOW_WORKSPACE;
        MLFLOW_TRACKING_INSECURE_TLS, _SERVER_CERT_PATH, _CLIENT_CERT_PATH, as MLflow's own client

One try each. No redirect is followed: it would take the password along. No message has what stands
in these variables.
"""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from recsys.program.errors import ConfigError, StoreError, in_one_line

if TYPE_CHECKING:
    import ssl
    from urllib.request import OpenerDirector

TIMEOUT_S = 10.0
API = "/api/2.0/mlflow"
PAGE = 1000  # entries that are asked for at once
UNREACHED = (
    "see that the server runs and that this machine reaches it, then run the same again; for the "
    "store of this folder unset MLFLOW_TRACKING_URI"
)
DENIED = (
    "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, as its "
    "administrator gave them"
)
NO_MLFLOW = (
    "something answers there that is no MLflow server; correct MLFLOW_TRACKING_URI"
)
ELSEWHERE = (
    "it sends to another address, and none is followed: it would get the password; write the "
    "address where MLflow itself answers into MLFLOW_TRACKING_URI"
)
EXISTS, NONE_THERE = "RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST"
NOT_THIS = (
    404,
    405,
    501,
)  # statuses of a server that has no such path, or no such method
VERSION = re.compile(r"\d+\.\d+[\w.+-]{0,30}")
TRUE = ("true", "1")


class RefusedError(StoreError):
    """The server has answered, and refuses."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code  # MLflow's error_code, "" if it gave none


def ask(
    server: str, path: str, body: Mapping[str, Any] | None = None, method: str = ""
) -> dict[str, Any]:
    """What the server answers to a path of its API; `body` is sent as JSON.

    RefusedError if it refuses, StoreError if it is not reached within TIMEOUT_S or is none.
    """
    data = None if body is None else json.dumps(body).encode()
    text = _said(server, f"{API}/{path}", data, method or ("POST" if data else "GET"))
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StoreError(f"{server}: {NO_MLFLOW}")
    return found


def version(server: str) -> str:
    """The version of MLflow that runs there. StoreError as `ask`."""
    said = _said(server, "/version", None, "GET").decode(errors="replace").strip()
    if not VERSION.fullmatch(said):
        raise StoreError(f"{server}: {NO_MLFLOW}")
    return said


def tags_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a model, a version or a run's data, as the API lists them."""
    return {tag["key"]: tag.get("value", "") for tag in entry.get("tags", ())}


def pages(server: str, path: str, key: str, body: Mapping[str, Any]) -> Iterator[Any]:
    """All entries of a search, by POST; `key` is the list in each answer."""
    token = ""
    while True:
        more = {"page_token": token} if token else {}
        found = ask(server, path, {"max_results": PAGE, **body, **more})
        yield from found.get(key, ())
        token = found.get("next_page_token", "")
        if not token:
            return


def listed(server: str, path: str, key: str, query: Mapping[str, Any]) -> Iterator[Any]:
    """All entries of a search, by GET; `key` is the list in each answer."""
    token = ""
    while True:
        more = {"page_token": token} if token else {}
        asked = urlencode({"max_results": PAGE, **query, **more})
        found = ask(server, f"{path}?{asked}")
        yield from found.get(key, ())
        token = found.get("next_page_token", "")
        if not token:
            return


def _said(server: str, path: str, data: bytes | None, method: str) -> bytes:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request

    request = Request(  # noqa: S310 - the address is http or https (address.py)
        server + path, data, _headers(os.environ), method=method
    )
    opener = _opener(server)
    try:
        try:
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            raise _refusal(server, error.code, error.read()) from None
    except (HTTPException, OSError) as error:
        raise unreached(server, getattr(error, "reason", None) or error) from None


def unreached(server: str, error: Exception | str) -> StoreError:
    """The error of a server that does not answer."""
    return StoreError(f"{server}: not reached: {in_one_line(error)}; {UNREACHED}")


def _refusal(server: str, status: int, body: bytes) -> RefusedError:
    if status in (401, 403):
        return RefusedError(
            f"{server}: refuses this user (HTTP {status}); {DENIED}",
            "PERMISSION_DENIED",
        )
    try:
        said = json.loads(body)
        code, message = str(said["error_code"]), in_one_line(said["message"])
    except (ValueError, KeyError, TypeError):
        return RefusedError(f"{server}: {_without_reason(status)}", "")
    told = f"{server}: HTTP {status}: {message}; look at the log of the server"
    return RefusedError(told, code)


def _without_reason(status: int) -> str:
    """What a status says where MLflow has not said why."""
    if status in NOT_THIS:
        return f"HTTP {status}: {NO_MLFLOW}"
    if status < 400:
        return f"HTTP {status}: {ELSEWHERE}"
    return f"HTTP {status}: no reason given; look at the log of the server"


def _headers(environment: Mapping[str, str]) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    user = environment.get("MLFLOW_TRACKING_USERNAME")
    password = environment.get("MLFLOW_TRACKING_PASSWORD")
    token = environment.get("MLFLOW_TRACKING_TOKEN")
    if user and password:
        both = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {both}"
    elif token:
        headers["Authorization"] = f"Bearer {_plain('MLFLOW_TRACKING_TOKEN', token)}"
    if workspace := environment.get("MLFLOW_WORKSPACE"):
        headers["X-MLFLOW-WORKSPACE"] = _plain("MLFLOW_WORKSPACE", workspace)
    return headers


def _plain(variable: str, value: str) -> str:
    """The value, if it may stand in a header: libraries refuse others with the value in words."""
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    raise ConfigError(
        f"{variable}: a line break, a space at an end, or a letter beyond ASCII is in it (its "
        f"value is not shown); set it again without"
    )


def _opener(server: str) -> "OpenerDirector":
    """One that follows no redirect, with TLS where the server has it."""
    from urllib.request import HTTPRedirectHandler, HTTPSHandler, build_opener

    class Stays(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    if not server.startswith("https:"):
        return build_opener(Stays)
    return build_opener(Stays, HTTPSHandler(context=_tls(os.environ)))


def _tls(environment: Mapping[str, str]) -> "ssl.SSLContext":
    """As MLflow's own client has it. ConfigError if a file of a certificate cannot be read."""
    import ssl

    authority, own = (
        "MLFLOW_TRACKING_SERVER_CERT_PATH",
        "MLFLOW_TRACKING_CLIENT_CERT_PATH",
    )
    variable = authority
    try:
        context = ssl.create_default_context(cafile=environment.get(authority) or None)
        variable = own
        if path := environment.get(own):
            context.load_cert_chain(path)
    except OSError as error:
        raise ConfigError(
            f"{variable}: {environment.get(variable)}: {error.strerror or error}; let it name a "
            f"file of certificates (PEM) that this user may read"
        ) from None
    if environment.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in TRUE:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
