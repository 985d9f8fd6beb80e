"""The way into a program: the signature of `main` is its command line, errors are one line and an exit code."""

import logging
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer

from recsys.errors import door

PARAMS_FILE = "params.yaml"


def enter(main: Callable[..., Any]) -> NoReturn:
    """Run `main` with the arguments of the command line and leave with its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    sys.exit(door(lambda: app(standalone_mode=True)))
