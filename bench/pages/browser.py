"""A real browser without a window: headless Chromium, told what to do by its DevTools protocol.

It reaches this machine only: every other name is unknown to it. It is for looks at pages and for
tests; where there is no Chromium, `find` gives None.
"""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # as root in a container there is none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-port=0",
)
WAIT_S = 60.0
LARGEST = 1 << 27  # bytes of a message: a screenshot of a long page


def find() -> str | None:
    """The browser of this machine, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """A page in the browser."""

    def __init__(self, link: ClientConnection) -> None:
        self.link, self.last = link, 0
        self.requested: list[str] = []  # addresses, in their order
        self.session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command. RuntimeError if the browser refuses it."""
        self.last += 1
        said = {"id": self.last, "method": method, "params": params}
        if self.session:
            said["sessionId"] = self.session
        self.link.send(json.dumps(said))
        while True:
            message = self._next()
            if message.get("id") == self.last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return dict(message["result"])

    def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.link.recv(WAIT_S))
        if message.get("method") == "Network.requestWillBeSent":
            self.requested.append(message["params"]["request"]["url"])
        return message

    def open(self, address: str) -> None:
        """Go there, and wait until it is loaded."""
        self.call("Page.navigate", url=address)
        self.wait_for_load()

    def wait_for_load(self) -> None:
        """Until the page that is on its way is there. TimeoutError if it does not come."""
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page; a promise is waited for. RuntimeError if it throws."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"])[:500])
        return found["result"].get("value")

    def look(self, width: int, height: int = 900, dark: bool = False) -> None:
        """Let the screen be so wide and high, and light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,  # else a page that is too wide makes the screen wider
        )
        scheme = {
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light",
        }
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path, whole: bool = False) -> None:
        """Write what is seen, or the whole page, as PNG."""
        found = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole
        )
        path.write_bytes(base64.b64decode(found["data"]))

    def overflow(self) -> int:
        """Pixels by which the page is wider than the screen: 0 if nobody has to scroll sideways."""
        script = "document.documentElement.scrollWidth - window.innerWidth"
        return max(0, int(self.evaluate(script)))

    def findings(self, axe: str) -> list[dict[str, Any]]:
        """What axe-core (its source) finds that is serious or critical: rule, impact and places."""
        self.evaluate(f"{axe}; 0")
        found = self.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => ({rule: v.id, impact: v.impact,"
            " places: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200)),"
            " why: v.nodes[0].failureSummary})))"
        )
        return list(found)


@contextmanager
def browsing(program: str) -> Iterator[Tab]:
    """A tab of a browser of its own, which ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [program, *OPTIONS, f"--user-data-dir={home}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = _address(Path(home) / "DevToolsActivePort", process)
            with connect(address, max_size=LARGEST, compression=None) as link:
                yield Tab(link)
        except WebSocketException as error:
            raise RuntimeError(f"{program}: {error}") from None
        finally:
            process.terminate()
            process.wait(30)


def _address(said: Path, process: "subprocess.Popen[bytes]") -> str:
    """Where the browser listens, when it has written it down. RuntimeError if it does not."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and process.poll() is None:
        lines = said.read_text().splitlines() if said.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise RuntimeError("the browser does not start")
