"""DVC's default remote: is its package installed, and does the place answer.

reads   .dvc/config, .dvc/config.local; writes nothing, and sends no key
"""

import os
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from ops.doctor.finding import Finding, bad, ok, warning
from ops.pipeline.dvc_remote import HIDE_IT, default, has_password
from recsys.program.errors import ConfigError, StoreError

WAIT_S = 5.0
PACKAGES = {  # that DVC needs, by the scheme of the address
    "s3": "dvc_s3",
    "gs": "dvc_gs",
    "azure": "dvc_azure",
    "ssh": "dvc_ssh",
}
PORTS = {"http": 80, "https": 443, "ssh": 22}
REACH = "see that it runs and that this machine reaches it; a repro without --pull needs no remote"


def remote(root: Path) -> list[Finding]:
    """A line on the default remote; none where DVC has no remote."""
    name, options = default(root)
    if not name:
        return []
    url = options.get("url", "")
    if has_password(options):
        seen = f"{name}: its address has a password in it, and addresses are shown"
        return [bad("remote", seen, HIDE_IT, ConfigError.exit_code)]
    scheme = urlsplit(url).scheme if "://" in url else ""
    package = PACKAGES.get(scheme, "dvc")
    if find_spec(package) is None:
        needed = package.replace("_", "-")
        step = f"run `pip install {needed}` in .venv"
        return [bad("remote", f"{name}: {needed} is not installed", step, 2)]
    place = options.get("endpointurl") or url
    if not scheme:
        return [_folder(name, root / ".dvc" / url)]
    return [_host(name, place)]


def _folder(name: str, path: Path) -> Finding:
    there = next(each for each in (path, *path.parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return ok("remote", f"{name}: {path.resolve()} may be written")
    step = "mount it, and let this user write it"
    code = StoreError.exit_code
    return bad("remote", f"{name}: {path.resolve()} may not be written", step, code)


def _host(name: str, place: str) -> Finding:
    """Whether a host answers; that of a store without an address of its own is not looked at."""
    parts = urlsplit(place)
    port = parts.port or PORTS.get(parts.scheme)
    if not parts.hostname or port is None:
        return ok(
            "remote", f"{name}: its package is there; whether it answers, a pull tells"
        )
    where = f"{parts.hostname}:{port}"
    try:
        socket.create_connection((parts.hostname, port), WAIT_S).close()
    except OSError as error:
        return warning("remote", f"{name}: {where}: {error.strerror or error}", REACH)
    return ok("remote", f"{name}: {where} answers")
