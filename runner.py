"""The operators' command line: runs the jobs by the clock (`start`) or one by hand, and shows them.

Every program that does work is a child process, and owns the options and the help of its command:
`recommend`, `quarantine`, `tune`, `repro` and others hand the rest of the line on. This one
stays light and imports none of what they need; a command that needs params.yaml loads the reader of
it, a fifth of a second, itself.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

if (
    "--dry-run" in sys.argv
):  # it changes no byte, the bytecode of what is imported now included
    sys.dont_write_bytecode = True

from ops import lock, processes
from ops.scheduler import jobs
from ops.scheduler.choices import Choices, Model, repro_options
from recsys.program.command_line import exit_code_of, plain_app
from recsys.program.errors import ConfigError, InstanceError

if TYPE_CHECKING:
    from ops.scheduler.schedule import Params

PARAMS = Path("params.yaml")
STATE = Path("state")
STOP_S = 30.0
JOB_HELP = "E.g. refresh or train; an unknown one names all."

app = plain_app(help=(__doc__ or "").partition("\n")[0])


class HandedOn(TyperCommand):
    """A command whose arguments, `--help` too, are read by the program that owns it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return []


# ---- the runner ----
@app.command()
def start() -> None:
    """Run the jobs at their times until stopped.

    Exit 5 if a runner is up already.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "ops.scheduler.run_loop"])  # noqa: S606 - no shell is wanted: the loop takes the place of this process, and none of what it has loaded


@app.command()
def stop() -> None:
    """End the runner and the jobs that run."""
    path = STATE / "runner.lock"
    holder = lock.holder(path)
    if holder is None:
        print("the runner is not running")
        return
    pid = holder.get("pid")
    if not isinstance(pid, int):
        raise InstanceError(
            f"{path} is locked, but names no process; try again in a moment"
        )
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_S
    while lock.holder(path) is not None:
        if time.monotonic() > end:
            raise InstanceError(
                f"process {pid} has not ended in {STOP_S:.0f} s; see its output"
            )
        time.sleep(0.1)
    print(f"the runner has stopped (it was process {pid})")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the runner, each job's runs, and what is in production."""
    from ops import status as overview

    collected = overview.collect(_params(), STATE, jobs.utc_now())
    print(json.dumps(collected, indent=2) if as_json else overview.table(collected))


# ---- jobs ----
@app.command()
def run(
    job: Annotated[str, typer.Argument(metavar="JOB", help=JOB_HELP)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run; change nothing.")
    ] = False,
    skip_merge: Annotated[
        bool, typer.Option("--skip-merge", help="refresh: take nothing in.")
    ] = False,
    force_full: Annotated[
        bool, typer.Option("--force-full", help="refresh: all of it anew.")
    ] = False,
    model: Annotated[
        Model | None, typer.Option(help="train: this one; the other stays.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="train: even if nothing has changed.")
    ] = False,
) -> None:
    """Run one job now; its exit code."""
    if job not in jobs.JOBS:
        raise ConfigError(f"unknown job {job!r}; known are {', '.join(jobs.JOBS)}")
    options = repro_options(job, Choices(skip_merge, force_full, model, force))
    if dry_run:
        times = _params().times
        print(f"would run: {processes.shown(jobs.command(job, times, options))}")
        print(f"time limit: {jobs.limit_s(job, times)} s; nothing was changed")
        return
    _job(job, options)


@app.command(cls=HandedOn)
def promote(context: typer.Context) -> None:
    """Put the model in Staging into production, if the gate lets it."""
    _job_or_program("deploy", "ops.deploy.promote", context)


@app.command(cls=HandedOn)
def deploy(context: typer.Context) -> None:
    """Promote, or deploy the model of an id; --dry-run says what would be done."""
    _job_or_program("deploy", "ops.deploy.promote", context)


@app.command(cls=HandedOn)
def rollback(context: typer.Context) -> None:
    """Go back to the model that was in production before, or to one of an id."""
    _job_or_program("rollback", "ops.deploy.rollback", context)


@app.command(cls=HandedOn)
def release(context: typer.Context) -> None:
    """Let a model that a rollback has left be deployed again."""
    raise typer.Exit(_program("ops.deploy.release", *context.args))


@app.command(cls=HandedOn)
def history(context: typer.Context) -> None:
    """Show who deployed what, and how it was verified."""
    raise typer.Exit(_program("ops.history", *context.args))


# ---- programs that own their options ----
@app.command(cls=HandedOn)
def repro(context: typer.Context) -> None:
    """Bring the stages up to date, all or those named."""
    raise typer.Exit(_program("ops.pipeline.repro", *context.args))


@app.command(cls=HandedOn)
def recommend(context: typer.Context) -> None:
    """Show what a user would be recommended, and why."""
    raise typer.Exit(_program("ops.recommendations.recommend", *context.args))


@app.command(cls=HandedOn)
def similar(context: typer.Context) -> None:
    """Show the products most like one."""
    raise typer.Exit(_program("ops.recommendations.similar", *context.args))


@app.command(cls=HandedOn)
def export(context: typer.Context) -> None:
    """Write the lists of all users to a file."""
    folder = _from_here(context)
    raise typer.Exit(_program("ops.recommendations.export", *folder, *context.args))


@app.command(cls=HandedOn)
def quarantine(context: typer.Context) -> None:
    """Show, explain, mend and replay refused rows."""
    folder = _from_here(context)
    raise typer.Exit(_program("ops.quarantine.command", *folder, *context.args))


@app.command(cls=HandedOn)
def audit(context: typer.Context) -> None:
    """Rebuild the data elsewhere and compare every file."""
    raise typer.Exit(_program("ops.pipeline.audit", *context.args))


@app.command(cls=HandedOn)
def reproduce(context: typer.Context) -> None:
    """Rebuild a model from code, params and data, and compare."""
    raise typer.Exit(_program("ops.reproduce.command", *context.args))


@app.command(cls=HandedOn)
def compact(context: typer.Context) -> None:
    """Fold the sealed batches into one file."""
    raise typer.Exit(_program("ops.pipeline.compact", *context.args))


@app.command(cls=HandedOn)
def tune(context: typer.Context) -> None:
    """Search better params on the validation fold."""
    raise typer.Exit(_program("ops.tuning.tune", *context.args))


@app.command(cls=HandedOn)
def check(context: typer.Context) -> None:
    """Validate all of params.yaml; exit 2 if it is wrong."""
    raise typer.Exit(_program("ops.pipeline.check", *context.args))


# ---- what the commands share ----
def _params() -> "Params":
    from ops.scheduler.schedule import Params
    from recsys.program import params

    return params.load(Params, "runner", PARAMS)


def _from_here(context: typer.Context) -> tuple[str, str]:
    """Files are named from where the operator stands."""
    return "--from", str(context.obj)


def _program(module: str, *arguments: str) -> int:
    return processes.run_here([sys.executable, "-m", module, *arguments])


def _job_or_program(name: str, module: str, context: typer.Context) -> None:
    """The job, with its row and log; with options of its own it is run as it is."""
    if not context.args:
        _job(name)
    raise typer.Exit(_program(module, *context.args))


def _job(name: str, options: list[str] | None = None) -> NoReturn:
    def say(line: str) -> None:
        print(line, flush=True)

    times = _params().times
    raise typer.Exit(jobs.run_now(STATE, name, times, jobs.utc_now, say, options))


def main() -> int:
    """Exit code of the command, run from the project's folder."""
    root = Path(__file__).resolve().parent
    try:
        folder = Path.cwd()
    except FileNotFoundError:  # the operator's folder was removed under them
        folder = root
    os.chdir(root)
    return exit_code_of(lambda: app(prog_name="runner.py", obj=folder))


if __name__ == "__main__":
    sys.exit(main())
