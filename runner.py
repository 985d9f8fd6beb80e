"""The operator's door: runs the jobs by the clock (`start`) or one by hand, and shows what goes on.

Every program that does work is a child process; this one stays light and imports none of what they
need.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.scheduler.schedule import Params

PARAMS = Path("params.yaml")
STATE = Path("state")
STOP_S = 30.0


def start(_: argparse.Namespace) -> int:
    """Run the jobs at their times until stopped; exit 5 if a runner is up already."""
    from ops.scheduler import jobs, loop

    params = _params()
    if code := _check():
        return code
    return loop.run(params, STATE, jobs.utc_now, _say_at(params))


def run(args: argparse.Namespace) -> int:
    """Run one job now; its exit code."""
    from ops import processes
    from ops.scheduler import jobs
    from recsys.program.errors import ConfigError

    if args.job not in jobs.JOBS:
        raise ConfigError(f"unknown job {args.job!r}; known are {', '.join(jobs.JOBS)}")
    limit_s = _params().time_limit_s
    if args.dry_run:
        print(f"would run: {processes.shown(jobs.JOBS[args.job].command)}")
        print(f"time limit: {limit_s} s; nothing was changed")
        return 0
    return _job(args.job)


def promote(_: argparse.Namespace) -> int:
    """Put the model in Staging into production."""
    return _job("deploy")


def rollback(_: argparse.Namespace) -> int:
    """Go back to the model that was in production before."""
    return _job("rollback")


def repro(args: argparse.Namespace) -> int:
    """Bring the stages up to date (all, or those named), after mending what a killed run left."""
    from ops import processes

    return processes.run_here([sys.executable, "-m", "ops.pipeline.repro", *args.stages])


def quarantine(args: argparse.Namespace) -> int:
    """Show the refused rows; explain, export, mend and replay them; set a batch aside."""
    from ops import processes

    given = [("--reason", args.reason), ("--file", args.file)]
    options = [word for option, value in given if value is not None for word in (option, value)]
    if args.json:
        options.append("--json")
    target = [] if args.target is None else ["--", str(args.target)]
    return processes.run_here(
        [sys.executable, "-m", "ops.quarantine.command", args.action, *options, *target]
    )


def audit(_: argparse.Namespace) -> int:
    """Rebuild the data in a scratch folder and compare it with the project's; exit 3 if a file
    differs.
    """
    from ops import processes

    return processes.run_here([sys.executable, "-m", "ops.pipeline.audit"])


def tune(args: argparse.Namespace) -> int:
    """Search better params on the validation fold; --apply writes them into params.yaml."""
    from ops import processes

    given = [("--model", args.model), ("--trials", args.trials), ("--timeout", args.timeout)]
    options = [
        word for option, value in given if value is not None for word in (option, str(value))
    ]
    if args.apply:
        options.append("--apply")
    return processes.run_here([sys.executable, "-m", "ops.tuning.tune", *options])


def compact(_: argparse.Namespace) -> int:
    """Fold the sealed batches into one file; what merge makes of them stays the same."""
    from ops import processes

    return processes.run_here([sys.executable, "-m", "ops.pipeline.compact"])


def check(_: argparse.Namespace) -> int:
    """Validate all of params.yaml; exit 2 if it is wrong."""
    return _check()


def status(args: argparse.Namespace) -> int:
    """Show the runner, each job's last and next run, and what is in production."""
    import json

    from ops import status as view
    from ops.scheduler import jobs

    found = view.collect(_params(), STATE, jobs.utc_now())
    print(json.dumps(found, indent=2) if args.json else view.table(found))
    return 0


def stop(_: argparse.Namespace) -> int:
    """End the runner and the jobs that run."""
    import signal

    from ops import lock
    from recsys.program.errors import InstanceError

    path = STATE / "runner.lock"
    holder = lock.holder(path)
    if holder is None:
        print("the runner is not running")
        return 0
    if not isinstance(holder.get("pid"), int):
        raise InstanceError(f"{path} is locked, but names no process; try again in a moment")
    os.kill(holder["pid"], signal.SIGTERM)
    end = time.monotonic() + STOP_S
    while lock.holder(path) is not None:
        if time.monotonic() > end:
            raise InstanceError(
                f"process {holder['pid']} has not ended in {STOP_S:.0f} s; see its output"
            )
        time.sleep(0.1)
    print(f"the runner has stopped (it was process {holder['pid']})")
    return 0


def _params() -> "Params":
    from ops.scheduler.schedule import Params
    from recsys.program import params

    return params.load(Params, "runner", PARAMS)


def _check() -> int:
    from ops import processes

    return processes.run_here([sys.executable, "-m", "ops.pipeline.check"])


def _job(name: str) -> int:
    from ops.scheduler import jobs

    limit_s = _params().time_limit_s
    return jobs.run_now(STATE, name, limit_s, jobs.utc_now, lambda line: print(line, flush=True))


def _say_at(params: "Params") -> Callable[[str], None]:
    """Print lines with the time in the runner's zone; a full disk or a closed pipe ends nothing."""
    from contextlib import suppress
    from zoneinfo import ZoneInfo

    from ops.scheduler import jobs

    def say(line: str) -> None:
        with suppress(OSError):
            print(
                f"{jobs.utc_now().astimezone(ZoneInfo(params.zone)):%Y-%m-%d %H:%M:%S} {line}",
                flush=True,
            )

    return say


def parser() -> argparse.ArgumentParser:
    """The commands, each with the first line of its docstring as help."""
    top = argparse.ArgumentParser(prog="runner.py", description=__doc__, allow_abbrev=False)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    made = {}
    for command in (
        start,
        stop,
        status,
        run,
        repro,
        promote,
        rollback,
        quarantine,
        audit,
        compact,
        tune,
        check,
    ):
        text = (command.__doc__ or "").splitlines()[0]
        made[command] = commands.add_parser(
            command.__name__, help=text, description=text, allow_abbrev=False
        )
        made[command].set_defaults(command=command, dry_run=False)
    made[run].add_argument(
        "job", metavar="JOB", help="e.g. refresh or train; an unknown one names all"
    )
    made[run].add_argument(
        "--dry-run", action="store_true", help="say what would run; change nothing"
    )
    made[repro].add_argument("stages", metavar="STAGE", nargs="*", help="all if none is named")
    made[status].add_argument("--json", action="store_true", help="for programs")
    made[tune].add_argument(
        "--model", choices=("als", "bpr", "both"), default="both", help="both if none is named"
    )
    made[tune].add_argument(
        "--trials", type=int, metavar="N", help="in all, of each model; else as params.yaml says"
    )
    made[tune].add_argument(
        "--timeout",
        type=float,
        metavar="S",
        help="seconds for each model; else as params.yaml says",
    )
    made[tune].add_argument(
        "--apply", action="store_true", help="write the best trial into params.yaml if it is better"
    )
    _quarantine_actions(made[quarantine])
    return top


def _quarantine_actions(command: argparse.ArgumentParser) -> None:
    """What ops/quarantine/command.py does; `list` if none is named. Files are named from where the
    caller stands.
    """
    actions = command.add_subparsers(metavar="ACTION")
    command.set_defaults(action="list", target=None, reason=None, file=None, json=False)
    made = {}
    for name, target, text in (
        ("list", "", "count the refused rows by file and reason; show those of one reason or file"),
        ("explain", "CODE", "say what a reason means and how to mend it"),
        ("export", "FILE", "write the refused rows as a CSV that a spreadsheet opens"),
        ("replay", "FILE", "feed the mended rows of such a CSV back"),
        ("set-aside", "BATCH", "take a sealed batch out of the merge"),
    ):
        made[name] = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        made[name].set_defaults(action=name)
        if target:
            made[name].add_argument(
                "target", metavar=target, type=_absolute if target == "FILE" else str
            )
    for parser in (command, made["list"], made["export"]):
        parser.add_argument(
            "--reason", metavar="CODE", default=argparse.SUPPRESS, help="only rows refused for it"
        )
        parser.add_argument(
            "--file", metavar="NAME", default=argparse.SUPPRESS, help="only rows of this file"
        )
    for parser in (command, made["list"]):
        parser.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="for programs"
        )


def _absolute(name: str) -> Path:
    """The file that the caller means: the command itself runs in the project's folder."""
    return Path(name).absolute()


def main() -> int:
    """Exit code of the command, run from the project's folder."""
    args = parser().parse_args()
    sys.dont_write_bytecode = args.dry_run
    os.chdir(Path(__file__).resolve().parent)
    from recsys.program.command_line import door

    return door(lambda: args.command(args))


if __name__ == "__main__":
    sys.exit(main())
