"""The way into a program: the signature of `main` is its command line, errors are one line and an
exit code.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import typer

from recsys.program.errors import DISK_ERRNOS, DiskError, UserError

PARAMS_FILE = "params.yaml"


def enter(main: Callable[..., Any], name: str | None = None) -> NoReturn:
    """Run `main` with the arguments of the command line and leave with its exit code.

    `name` is what its help calls the program; `python -m MODULE` if there is none.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    app = plain_app()
    app.command()(main)
    sys.exit(door(lambda: app(prog_name=name)))


def plain_app(**options: Any) -> typer.Typer:
    """A command line whose help is plain text, and whose bugs show a plain traceback."""
    return typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **options
    )


def door(action: Callable[[], int | None]) -> int:
    """Exit code of `action`; a user's error is one line on stderr. A bug shows its traceback, and
    is 70.
    """
    try:
        return action() or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output left, e.g. `... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in DISK_ERRNOS:
            traceback.print_exc()
            return UserError.exit_code
        place = error.filename or "a file"
        print(
            f"error: {place}: {error.strerror}; free some space and run again: nothing was changed",
            file=sys.stderr,
        )
        return DiskError.exit_code
    except Exception:  # noqa: BLE001 - here ends what nobody has foreseen
        traceback.print_exc()
        return UserError.exit_code
