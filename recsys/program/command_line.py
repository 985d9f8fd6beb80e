"""The way into a program: the signature of `main` is its command line, errors are one line and an
exit code.
"""

import ast
import errno
import io
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import typer

from recsys.program import place
from recsys.program.ending import leave_after
from recsys.program.errors import DISK_ERRNOS, PLACE_ERRNOS, DiskError, UserError

PARAMS_FILE = "params.yaml"
WRITTEN = ("data", "models", "mlruns", "state", "releases", ".dvc/cache")
LEAST_ROOM = 1 << 20  # bytes
FREE_IT = "free some space, and run the same again: what is there is whole"


def enter(main: Callable[..., Any], name: str | None = None) -> NoReturn:
    """Run `main` with the arguments of the command line and leave with its exit code.

    `name` is what its help calls the program; `python -m MODULE` if there is none.
    """
    show_any_letter()
    restore_docstrings(main.__module__)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    app = plain_app()
    app.command()(main)
    leave_after(lambda: exit_code_of(lambda: app(prog_name=name)))


def restore_docstrings(module: str) -> None:
    """Give a module and its functions back the docstrings that `python -OO` leaves out: they are
    the help of a program.
    """
    loaded = sys.modules.get(module)
    if sys.flags.optimize < 2 or loaded is None or not loaded.__file__:
        return
    tree = ast.parse(Path(loaded.__file__).read_text(encoding="utf-8"))
    loaded.__doc__ = ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found = getattr(loaded, node.name, None)
            if found is not None and found.__doc__ is None:
                found.__doc__ = ast.get_docstring(node)


def show_any_letter() -> None:
    """Let a terminal without UTF-8 (LANG=C) get an escape for a letter that it does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def plain_app(**options: Any) -> typer.Typer:
    """A command line whose help is plain text, and whose bugs show a plain traceback."""
    return typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        **options,
    )


def exit_code_of(action: Callable[[], int | None]) -> int:
    """Run `action` and return its exit code, 0 for None.

    A user's error is one line on stderr and the code of its kind (recsys/program/errors.py); a bug
    shows its traceback and is 70. The code is the same where stderr cannot be written.
    """
    try:
        code = action() or 0
        sys.stdout.flush()
    except UserError as error:
        _say(f"error: {error}")
        return error.exit_code
    except BrokenPipeError:
        return _leave_quietly()
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # typer has met it first
            return _leave_quietly()
        return _flushed(leaving)
    except Exception as error:  # noqa: BLE001 - here ends what nobody has foreseen
        if isinstance(error, OSError) and _is_of_the_disk(error):
            _tell_of_the_disk(error)
            return DiskError.exit_code
        _say(traceback.format_exc().rstrip())
        return UserError.exit_code
    return code


def _flushed(leaving: SystemExit) -> int:
    """The code of a program that has ended itself, when its output has been read."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _leave_quietly()
    raise leaving


def _leave_quietly() -> int:
    """The reader of our output has left, e.g. `... | head`: nobody reads the rest, and that is no
    error.
    """
    _to_nowhere(sys.stdout.fileno())
    return 0


def _to_nowhere(descriptor: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _is_of_the_disk(error: OSError) -> bool:
    named = error.errno in PLACE_ERRNOS and error.filename is not None
    return named or error.errno in DISK_ERRNOS or bool(_away(error))


def _away(error: OSError) -> str:
    """That what is missing is behind a link which leads nowhere, in words; "" if it is not."""
    named = error.filename2 or error.filename
    return place.away(Path(named)) if isinstance(named, str | Path) else ""


def _tell_of_the_disk(error: OSError) -> None:
    # of two names the second is what could not be written
    if told := _away(error):
        _say(f"error: {told}; {place.BACK}")
        return
    where = error.filename2 or error.filename or ", ".join(full_places(Path()))
    advice = FREE_IT
    if error.errno in PLACE_ERRNOS:
        advice = (
            "see what stands there, and that this user may write it, then run again"
        )
    elif error.errno == errno.EROFS:
        advice = "let it be written to (mounted read-only? a disk that fails?), and run again"
    reason = error.strerror or error
    _say(f"error: {where or 'a file'}: {reason}; {advice}")


def _say(text: str) -> None:
    """A line on stderr. Where nobody can read it (a log on a full disk, a pipe whose reader left)
    the exit code says it alone.
    """
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _to_nowhere(sys.stderr.fileno())


def full_places(root: Path) -> list[str]:
    """Which of the folders that programs write to have a disk without room (under 1 MB left)."""
    folders = [root, *(root / name for name in WRITTEN), Path(tempfile.gettempdir())]
    return [str(folder.resolve()) for folder in folders if _is_full(folder)]


def _is_full(folder: Path) -> bool:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < LEAST_ROOM
