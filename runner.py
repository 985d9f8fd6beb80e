"""The operators' command line: runs the jobs by the clock (`start`) or one by hand, and shows them.

Every program that does work is a child process, and owns the options and the help of its command:
`recommend`, `quarantine`, `tune`, `repro` and others hand the rest of the line on. So do `status`,
`plan`, `why` and others that only look, in this process: they are light. This one imports none of
what the heavy ones need; a command that needs params.yaml loads the reader of it, a fifth of a
second, itself.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

# it changes no byte, the bytecode of what is imported now included
sys.dont_write_bytecode |= "--dry-run" in sys.argv

from recsys.program import venv

venv.enter(Path(__file__).parent)  # before what may not be there
import typer
from typer.core import TyperCommand

from ops import processes
from ops.scheduler import jobs
from ops.scheduler.choices import (
    Choices,
    Forced,
    ForceFull,
    OneModel,
    SkipMerge,
    WarmStart,
    repro_options,
)
from recsys.program import place
from recsys.program.command_line import (
    exit_code_of,
    plain_app,
    restore_docstrings,
    show_any_letter,
)
from recsys.program.ending import leave_after
from recsys.program.errors import ConfigError

if TYPE_CHECKING:
    from ops.scheduler.schedule import Params

PARAMS, STATE = Path("params.yaml"), Path("state")
FROM_HERE = {"init", "export", "quarantine"}  # files are named from where one stands
JOB_HELP = "E.g. refresh or train; an unknown one names all."
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Force = Annotated[
    bool, typer.Option("--force", help="Kill one that does not end, with its jobs.")
]

restore_docstrings(__name__)  # the first line of this module is a help
app = plain_app(help=(__doc__ or "").partition("\n")[0])


class HandedOn(TyperCommand):
    """A command whose arguments, `--help` too, are read by the program that owns it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return []


def _hand_on(run_it: Callable[..., int], name: str, module: str, says: str) -> None:
    """A command that is another program's, with its options and its help."""

    @app.command(name, cls=HandedOn, help=says)
    def handed(context: typer.Context) -> None:
        folder = ("--from", str(context.obj)) if name in FROM_HERE else ()
        raise typer.Exit(run_it(module, *folder, *context.args))


def _here(module: str, *arguments: str) -> int:
    """Run a light program in this process: half a second less than in another one."""
    name = sys.argv[1] if len(sys.argv) > 1 else module
    program = plain_app()
    program.command()(import_module(module).main)
    shown = f"runner.py {name}"
    return int(program(list(arguments), prog_name=shown, standalone_mode=False) or 0)


def _program(module: str, *arguments: str) -> int:
    return processes.run_here([sys.executable, "-m", module, *arguments])


def _in_place(module: str, *arguments: str) -> NoReturn:
    """Let a program take the place of this process, and of all that it has loaded: it has the
    terminal, and can ask.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell is wanted


# ---- the runner ----
@app.command()
def start(
    detach: Annotated[
        bool, typer.Option("--detach", help="In the background; back when it is up.")
    ] = False,
    for_programs: Json = False,
) -> None:
    """Run the jobs at their times until stopped.

    Exit 5 if a runner is up already.
    """
    if detach:
        raise typer.Exit(_detached(for_programs))
    _in_place("ops.scheduler.run_loop")


@app.command()
def stop(force: Force = False, for_programs: Json = False) -> None:
    """End the runner and the jobs that run."""
    from ops.scheduler import stopping

    _tell(stopping.stop(STATE, force, _say), for_programs)


@app.command()
def restart(force: Force = False, for_programs: Json = False) -> None:
    """Stop the runner, if one is up, and start it in the background."""
    from ops.scheduler import stopping

    stopping.refuse_unit(STATE)
    _say(stopping.stop(STATE, force, _say).sentence)
    raise typer.Exit(_detached(for_programs))


# ---- what there is to see ----
for _name, _module, _says in (
    ("status", "ops.explain.status", "Show what runs, what is live, what waits."),
    ("plan", "ops.explain.plan", "Show when jobs run, and what they would do."),
    ("why", "ops.explain.why", "Say why a job ran, or did not; no job: all of them."),
    ("logs", "ops.explain.logs", "Show what a job has said; -f follows it."),
    ("doctor", "ops.doctor.command", "Look at the installation, and say the mend."),
    ("history", "ops.history", "Show who deployed what, and how it was verified."),
):
    _hand_on(_here, _name, _module, _says)
_hand_on(
    _program, "health", "ops.health.health", "Say how data, model and service are."
)


# ---- jobs ----
@app.command()
def run(
    job: Annotated[str, typer.Argument(metavar="JOB", help=JOB_HELP)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run; change nothing.")
    ] = False,
    skip_merge: SkipMerge = False,
    force_full: ForceFull = False,
    model: OneModel = None,
    force: Forced = False,
    warm_start: WarmStart = False,
) -> None:
    """Run one job now; its exit code."""
    if job not in jobs.JOBS:
        raise ConfigError(f"unknown job {job!r}; known are {', '.join(jobs.JOBS)}")
    chosen = (skip_merge, force_full, model, force, warm_start)
    options = repro_options(job, Choices(*chosen))
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


# ---- programs that own their options ----
_hand_on(
    _in_place, "init", "ops.init.command", "Take your shop's own files as they are."
)
for _name, _module, _says in (
    ("export", "ops.recommendations.export", "Write the lists of all users to a file."),
    (
        "quarantine",
        "ops.quarantine.command",
        "Show, explain, mend, replay refused rows.",
    ),
    ("release", "ops.deploy.release", "Let a model that was left be deployed again."),
    ("repro", "ops.pipeline.repro", "Bring the stages up to date, all or some."),
    ("sql", "ops.sql.command", "Take the new rows of your database in, as drops."),
    ("drift", "ops.pipeline.drift", "Say what has moved since the model was trained."),
    ("recommend", "ops.recommendations.recommend", "Show a user's list, and why."),
    ("similar", "ops.recommendations.similar", "Show the products most like one."),
    ("why-item", "ops.recommendations.why_item", "Say why a product is in a list."),
    ("alerts", "ops.alerts.command", "Show what was alerted; --test sends one."),
    ("audit", "ops.pipeline.audit", "Rebuild the data elsewhere, compare all files."),
    ("reproduce", "ops.reproduce.command", "Rebuild a model from its code and data."),
    ("compact", "ops.pipeline.compact", "Fold the sealed batches into one file."),
    # without a row: on a full disk there is no room for one
    ("cleanup", "ops.cleanup", "Remove what nobody needs; --dry-run says what."),
    ("look", "ops.look.command", "Open a page to look through customers and products."),
    ("pages", "ops.pages.command", "Make reports/index.html: all of it on a page."),
    ("tune", "ops.tuning.tune", "Search better params on the validation fold."),
    ("seeds", "ops.seeds", "Train with several seeds: what is luck?"),
    ("check", "ops.pipeline.check", "Validate all of params.yaml; exit 2 if wrong."),
):
    _hand_on(_program, _name, _module, _says)


# ---- what the commands share ----
def _params() -> "Params":
    from ops.scheduler.schedule import Params
    from recsys.program import params

    return params.load(Params, "runner", PARAMS)


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


def _detached(for_programs: bool) -> int:
    from ops.scheduler import detach

    started = detach.start(Path.cwd(), STATE)
    if started.code and not for_programs:
        _say(started.sentence)
    else:
        _tell(started, for_programs)
    return started.code


def _tell(done: Any, for_programs: bool) -> None:
    """What was done: a sentence, or its facts."""
    facts = json.dumps(asdict(done), default=str)
    print(facts if for_programs else done.sentence)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Exit code of the command, run from the project's folder."""
    show_any_letter()
    restore_docstrings(__name__)
    root = Path(__file__).resolve().parent
    try:
        folder = Path.cwd()
    except FileNotFoundError:  # the operator's folder was removed under them
        folder = root
    os.chdir(root)

    def command() -> Any:
        place.check(root)
        return app(prog_name="runner.py", obj=folder)

    return exit_code_of(command)


if __name__ == "__main__":
    leave_after(main)
