"""A real PostgreSQL of its own, for measurements and tests."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "s/3:cret"  # noqa: S105 - of a database that lives as long as the measurement


@dataclass(frozen=True)
class Server:
    """A server on this machine, and its folder."""

    folder: Path
    port: int
    binaries: Path

    @property
    def url(self) -> str:
        return f"postgresql://shop@127.0.0.1:{self.port}/postgres"

    def run(self, text: str) -> str:
        """What psql says to SQL."""
        return self.psql().communicate_all(text)

    def psql(self) -> "Psql":
        """A session that stays open: a transaction may last."""
        return Psql(self)


class Psql:
    """A session of psql."""

    def __init__(self, server: Server) -> None:
        command = [
            *(str(server.binaries / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1"),
            *("-h", str(server.folder), "-p", str(server.port), "-U", "shop"),
            "postgres",
        ]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PGPASSWORD": PASSWORD},
        )

    def communicate_all(self, text: str) -> str:
        """Say all of it, and leave."""
        said, _ = self.process.communicate(text, timeout=120)
        assert self.process.returncode == 0, said
        return said

    def say(self, text: str) -> None:
        """Say a statement, and wait until it is done."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{text}\n\\echo done\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


def missing() -> str:
    """Why there can be no server here; "" if there can."""
    if _binaries() is None:
        return "no PostgreSQL is installed (apt-get install postgresql)"
    try:
        import adbc_driver_postgresql  # noqa: F401 - is it there?
    except ImportError:
        return "no adbc-driver-postgresql is installed (pip install '.[sql]')"
    return ""


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(named).resolve().parent if named else None


@contextmanager
def served() -> Iterator[Server]:
    """Start a server, and end it."""
    binaries = _binaries()
    assert binaries
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    password = folder / "password"
    password.write_text(PASSWORD)
    if os.geteuid() == 0:
        for path in (folder, password):
            shutil.chown(path, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")
    own = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    auth = ("-A", "scram-sha-256", "--pwfile", str(password), "-U", "shop")
    _as_its_user(folder, binaries / "initdb", "-D", data, "-E", "UTF8", *auth)
    _as_its_user(
        folder,
        binaries / "pg_ctl",
        "-D",
        data,
        "-w",
        "-l",
        f"{folder}/log",
        "-o",
        own,
        "start",
    )
    try:
        yield Server(folder, port, binaries)
    finally:
        _as_its_user(folder, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _as_its_user(folder: Path, *command: object) -> None:
    """PostgreSQL refuses to run as root."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*user, *map(str, command)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
