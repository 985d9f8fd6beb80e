"""`make demo`: the sample shop with all that there is, on one page, until Ctrl-C.

reads   data/raw, params.yaml (source), data/batches: that no shop of somebody's own is here
writes  what a repro, a promotion, the service, MLflow's UI and the runner write; state/demo.lock,
        state/demo/ (a log each)

The pipeline runs, the model in Staging goes into production, then three programs and the page are
up together. Ctrl-C, SIGTERM, a closed terminal, or the end of one of them ends all of them.
"""

import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops import lock
from ops.demo import page, programs
from ops.demo.page import Shown
from ops.demo.programs import HOST, Program, Programs, check_ports, end_left
from ops.explain import status_text
from ops.explain.looks import collect
from ops.pipeline import next_steps
from ops.processes import run_here, stop_signals
from ops.scheduler import stopping
from recsys.intake import drop_log
from recsys.program import params as parameters
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, GateError, InstanceError
from recsys.registry import aliases, view
from recsys.registry.versions import CHALLENGER, CHAMPION
from recsys.shared_store import address
from recsys.source import shop_files
from recsys.source.params import Params as Source

ROOT, STATE = Path(), Path("state")
MLRUNS, RAW, SAMPLE = Path("mlruns"), Path("data/raw"), Path("data/sample")
NAMES = ("service", "ui", "runner")
WIDTH = 110  # columns of the status on the page
Port = Annotated[int, typer.Option(min=1, max=65535)]


# ---- before ----
def check_sample() -> None:
    """ConfigError if this is somebody's own shop: the demo would promote a model there."""
    source = parameters.load(Source, "source", Path(PARAMS_FILE))
    found = shop_files.paths(source, RAW, SAMPLE)
    own = drop_log.own_files(Path("data/batches"))
    if own or any(path.parent != SAMPLE for path in found):
        raise ConfigError(
            "the demo is of the sample shop, and this project has files of its own (data/raw, or "
            "`source` in params.yaml); run it in another clone, or go on with `make repro`"
        )


def check_store() -> None:
    """ConfigError if the store is a shared one: the sample's models are not for others."""
    if there := address.shared():
        raise ConfigError(
            f"the demo would register the sample's models at {there.tracking}, where others work; "
            f"run it with `env -u {address.TRACKING} -u {address.REGISTRY} make demo`"
        )


def check_runner() -> None:
    """InstanceError if a runner is up: the demo would end it."""
    holder = lock.holder(STATE / stopping.LOCK)
    if holder is not None:
        raise InstanceError(
            f"a runner is up already (process {holder.get('pid', 'unknown')}); "
            f"`python runner.py stop` ends it, then run this again"
        )


# ---- a model in production ----
def prepare(say: Callable[[str], None]) -> int:
    """Run the pipeline, and put what waits into production; the first exit code that is not 0.

    GateError if there is no model that may be served.
    """
    say("the pipeline runs (a minute the first time, nothing the second)")
    if code := run_here([sys.executable, "runner.py", "repro"]):
        return code
    named = aliases.model_ids(MLRUNS)
    if CHALLENGER in named:
        say(f"{named[CHALLENGER]} goes into production, if the gate lets it")
        code = run_here([sys.executable, "runner.py", "promote"])
        is_held = code == GateError.exit_code and CHAMPION in named
        return 0 if is_held else code
    if CHAMPION not in named:
        raise GateError("no model is better than popularity: there is none to serve")
    return 0


# ---- all of it ----
def wanted(service: int, ui: int) -> list[Program]:
    """What is started, in this order."""

    def listens(port: int) -> Callable[[], bool]:
        return lambda: programs.answers(port)

    def runs() -> bool:
        return lock.holder(STATE / stopping.LOCK) is not None

    return [
        Program("service", ("service.py", "--port", str(service)), listens(service)),
        Program("ui", ("-m", "ops.ui", "--port", str(ui)), listens(ui)),
        Program("runner", ("-m", "ops.scheduler.run_loop"), runs),
    ]


def shown(service: int, ui: int) -> Shown:
    """What the page leads to, with a user and a product of the model."""
    user, product = next_steps.example(ROOT)
    return Shown(
        f"http://{HOST}:{service}",
        view.address(f"http://{HOST}:{ui}", MLRUNS),
        user,
        product,
    )


def status() -> str:
    """What `python runner.py status` says now."""
    now = datetime.now(UTC)
    return status_text.as_text(
        collect(ROOT, STATE, MLRUNS, Path(PARAMS_FILE), now), WIDTH
    )


def up(
    started: Programs,
    ports: dict[str, int],
    stop: Callable[[], bool],
    say: Callable[[str], None],
) -> None:
    """Start all, serve the page, and stay until somebody asks to stop. ServiceError if one ends."""
    for program in wanted(ports["service"], ports["ui"]):
        if not stop():
            say(f"{program.name} starts")
            started.start(program)
            started.wait_until_up(program, stop)
    if stop():
        return
    leads_to = shown(ports["service"], ports["ui"])
    server = page.serve(HOST, ports["page"], leads_to, Path("reports"), status)
    say(f"\nthe demo is up; open  http://{HOST}:{ports['page']}\nCtrl-C ends all of it")
    try:
        while not stop():
            started.check()
            time.sleep(programs.POLL_S)
    finally:
        server.shutdown()
        server.server_close()


def main(page: Port = 8080, service: Port = 8000, ui: Port = 5000) -> None:
    """Show the sample shop: pipeline, service, runner, MLflow's UI, and a page that links them.

    Exit 2 in a project with a shop of its own, 5 if a port is taken or a runner is up.
    """
    ports = {"page": page, "service": service, "ui": ui}
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's `&` would have it ignored
    token = secrets.token_hex(8)
    facts = {"pid": os.getpid(), "token": token}
    with lock.hold(STATE / "demo.lock", "a demo", facts) as former:
        if (old := former.get("token")) and (count := end_left(old, NAMES)):
            _say(f"a demo that was killed has left {count} processes; they are ended")
        check_store()
        check_sample()
        check_runner()
        check_ports(ports)
        with stop_signals() as stop:
            code = prepare(_say)
            if code or stop():
                raise typer.Exit(code)
            started = Programs(ROOT, STATE / "demo", token)
            try:
                up(started, ports, stop, _say)
            finally:
                _say("\nall of it ends")
                started.end()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    enter(main, "make demo")
