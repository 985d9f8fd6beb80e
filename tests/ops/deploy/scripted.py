"""A service on a raw socket that follows a script: right in all it says, but for one flaw."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from recsys.program.errors import ConfigError
from recsys.serving.recommender import Recommender, Wish
from tests.running_service import TOKEN

HOLD_S = 0.6  # how long a server that hangs holds a connection; a client waits less
END = b"\r\n\r\n"


@dataclass
class Request:
    """What a client has sent."""

    method: str
    path: str
    body: bytes
    has_token: bool
    connection: socket.socket

    def send(self, content: bytes) -> None:
        self.connection.sendall(content)

    def reply(self, status: int, body: bytes, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join([*lines, "", ""]).encode() + body)

    def reply_json(self, value: object, status: int = 200) -> None:
        self.reply(status, json.dumps(value).encode())

    def reset(self) -> None:
        """Break the connection so that the other side sees it as broken."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


@dataclass
class Script:
    """What the service is, and its flaw: it takes a request, or leaves it to the right answer."""

    recommenders: dict[str, Recommender]
    serving: str
    flaw: "Callable[[Script, Request], bool]" = field(default=lambda *_: False)
    generation: int = 1
    reloads: int = 0
    infos: int = 0  # answers of /model_info since the last reload
    url: str = ""

    def answer(self, request: Request) -> None:
        if not self.flaw(self, request):
            self.right(request)

    def right(self, request: Request) -> None:
        """What a service says that has no flaw."""
        parts = urlsplit(request.path)
        if parts.path == "/health":
            request.reply_json({"status": "ok"})
        elif parts.path == "/model_info":
            self.infos += 1
            request.reply_json(self.info(self.serving))
        elif parts.path == "/reload_model":
            model_id = json.loads(request.body)["model_id"]
            if not request.has_token:
                request.reply_json({"error": "a token is needed"}, 401)
            elif model_id not in self.recommenders:
                request.reply_json({"error": "no such model"}, 409)
            else:
                self.load(model_id)
                request.reply_json(self.info(self.serving))
        else:
            self.lists(request, unquote(parts.path.rpartition("/")[2]), parts.query)

    def lists(self, request: Request, asked: str, query: str) -> None:
        try:
            said = self.list(self.serving, asked, query)
        except (ConfigError, ValueError):
            request.reply_json({"error": "a wrong query"}, 400)
        else:
            request.reply_json(said)

    def load(self, model_id: str) -> None:
        self.serving = model_id
        self.generation += 1
        self.reloads += 1
        self.infos = 0

    def info(self, model_id: str) -> dict[str, Any]:
        about = self.recommenders[model_id].release.about
        return {
            "model_id": model_id,
            "manifest_sha256": about.manifest_sha256,
            "generation": self.generation,
        }

    def list(self, model_id: str, user: str, query: str) -> dict[str, Any]:
        said = parse_qs(query)
        if not 1 <= (k := int(said.get("k", ["10"])[0])) <= 1000:
            raise ValueError(k)
        wish = Wish(
            k,
            said.get("exclude", ()),
            said.get("brand", [None])[0],
            said.get("type", [None])[0],
        )
        answer = self.recommenders[model_id].recommend(user, wish)
        items = [{"product_id": item.product_id} for item in answer.items]
        return {"model_id": model_id, "items": items}


@contextmanager
def served(script: Script) -> Iterator[Script]:
    """The script on a port of this machine, until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        script.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=_accept, args=(listener, script))
        thread.start()
        try:
            yield script
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket, script: Script) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        arguments = (connection, script)
        threading.Thread(target=_speak, args=arguments, daemon=True).start()


def _speak(connection: socket.socket, script: Script) -> None:
    with connection, suppress(OSError):
        connection.settimeout(5)
        head = b""
        while END not in head:
            part = connection.recv(4096)
            if not part:
                return
            head += part
        head, _, body = head.partition(END)
        method, path = head.decode().split(" ")[:2]
        for line in head.decode().lower().split("\r\n"):
            if line.startswith("content-length:"):
                while len(body) < int(line.partition(":")[2]):
                    body += connection.recv(4096)
        has_token = f"Bearer {TOKEN}\r\n" in head.decode() + "\r\n"
        script.answer(Request(method, path, body, has_token, connection))


# ---- flaws ----
Flaw = Callable[[Script, Request], bool]


def everywhere(act: Callable[[Request], object]) -> Flaw:
    """All requests end so."""

    def flaw(script: Script, request: Request) -> bool:
        act(request)
        return True

    return flaw


def at(path: str, act: Callable[[Request], object], after: int = 0) -> Flaw:
    """Requests of a path end so, from a number of reloads on."""

    def flaw(script: Script, request: Request) -> bool:
        if not request.path.startswith(path) or script.reloads < after:
            return False
        act(request)
        return True

    return flaw


def says(status: int, body: bytes, *headers: str) -> Callable[[Request], object]:
    return lambda request: request.reply(status, body, *headers)


def hangs(_: Request) -> None:
    time.sleep(HOLD_S)


def drips(content: bytes) -> Callable[[Request], object]:
    def act(request: Request) -> None:
        for byte in content:
            request.send(bytes([byte]))
            time.sleep(HOLD_S / 10)

    return act


def breaks(content: bytes) -> Callable[[Request], object]:
    """Sends the beginning of an answer, then the connection is reset."""

    def act(request: Request) -> None:
        request.send(content)
        time.sleep(0.02)  # else the reset overtakes it
        request.reset()

    return act


def ends(content: bytes) -> Callable[[Request], object]:
    return lambda request: request.send(content)


def floods(head: bytes, piece: bytes) -> Callable[[Request], object]:
    """Sends without end."""

    def act(request: Request) -> None:
        end = time.monotonic() + HOLD_S
        request.send(head)
        while time.monotonic() < end:
            request.send(piece)

    return act
