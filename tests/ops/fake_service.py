"""A real HTTP server that plays the recommendation service."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler


@dataclass
class FakeService:
    """State of a real HTTP server that plays the recommendation service."""

    serving: str = ""
    problem: str = ""  # what /health says is wrong
    refused: set[str] = field(
        default_factory=set
    )  # models whose reload ends in HTTP 500
    ignored: set[str] = field(
        default_factory=set
    )  # models whose reload says 200 and changes nothing
    generation: int = 1
    calls: list[str] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] | None = (
        None  # takes over all paths
    )


def info_of(model_id: str, generation: int = 1) -> dict[str, object]:
    """What /model_info says of a model; its manifest's hash begins with the digits of its id."""
    digits = "".join(c for c in model_id.rpartition("-")[2] if c in "0123456789abcdef")
    return {
        "model_id": model_id,
        "manifest_sha256": digits.ljust(64, "0"),
        "generation": generation,
    }


def _said(state: FakeService, path: str) -> tuple[int, object]:
    if path == "/health":
        return 200, {"status": "ok", "problem": state.problem}
    if not state.serving:
        return 503, {"error": "no model"}
    return 200, info_of(state.serving, state.generation)


def handler_of(state: FakeService) -> type[BaseHTTPRequestHandler]:
    """What answers by this state."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            state.calls.append(self.path)
            if state.answer:
                state.answer(self)
            else:
                self._reply(*_said(state, self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if state.answer:
                state.answer(self)
                return
            model_id = json.loads(body)["model_id"]
            state.calls.append(f"{self.path} {model_id}")
            if model_id in state.refused:
                self._reply(500, {"detail": "cannot load"})
                return
            if model_id not in state.ignored:
                state.serving = model_id
                state.generation += 1
            self._reply(200, {})

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
