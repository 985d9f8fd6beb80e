"""Where the MLflow store is: in this folder, or on a server that several machines share.

reads   MLFLOW_TRACKING_URI, MLFLOW_REGISTRY_URI of the environment

Without them, or where they name the local database, the store is mlruns/ and nothing of this wing
is used. Passwords stand in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token in
MLFLOW_TRACKING_TOKEN, never in an address: it is shown.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from recsys.program.errors import ConfigError

TRACKING, REGISTRY = "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"
LOCAL = "mlruns/mlflow.db"
SCHEMES = ("http", "https")
USER = re.compile(r"//[^/\s]*@")  # and its password, in an address


@dataclass(frozen=True)
class Address:
    """A shared store: runs and files, and the registry, which may be another server's."""

    tracking: str  # without a slash at its end
    registry: str

    @property
    def identity(self) -> str:
        """12 hex digits that stand for it in a file's name."""
        both = f"{self.tracking} {self.registry}"
        return hashlib.sha256(both.encode()).hexdigest()[:12]


def shared(environment: Mapping[str, str] = os.environ) -> Address | None:
    """The shared store that the environment names; None for the local one.

    ConfigError if what it names is neither, if it has a password in it, or if only the registry is
    named.
    """
    tracking = _server(TRACKING, environment.get(TRACKING, ""))
    registry = _server(REGISTRY, environment.get(REGISTRY, ""))
    if not tracking and registry:
        raise ConfigError(
            f"{REGISTRY} names a server and {TRACKING} none: models would be registered there and "
            f"their files left here; set both, or neither"
        )
    return Address(tracking, registry or tracking) if tracking else None


def _server(variable: str, value: str) -> str:
    """The address of a server; "" if it is the local store."""
    value = value.strip()
    if not value or _is_local(value):
        return ""
    parts = _parts(value)
    if parts is None or parts.scheme not in SCHEMES or not parts.hostname:
        shown = f"a {parts.scheme} address" if parts and parts.scheme else "no address"
        raise ConfigError(
            f"{variable}: {shown}, not that of an MLflow server; write http://HOST:PORT or "
            f"https://HOST, or unset it for the store in mlruns/"
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"{variable}: the address has a user or a password in it, and addresses are shown; "
            f"set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"
        )
    if parts.query or parts.fragment:
        raise ConfigError(f"{variable}: an address of a server has no ? and no #")
    return value.rstrip("/")


def _parts(value: str) -> SplitResult | None:
    """Of an address; None if its host or its port can be none."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        return None
    return None if re.search(r"\s", value) else parts


def without_secrets(text: str) -> str:
    """What a library says, without the user and password of addresses, and without what follows
    their `?`: a signed address has its key there.
    """
    return re.sub(r"(https?://[^\s?]*)\?[^\s;,'\")]*", r"\1", USER.sub("//", text))


def _is_local(value: str) -> bool:
    """Whether it is the database of this folder: that of another one would not be used."""
    path = value.removeprefix("sqlite:///")
    return path != value and os.path.realpath(path) == os.path.realpath(LOCAL)
