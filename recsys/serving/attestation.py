"""What each worker of the service says of itself in state/service/, and what all are told there.

writes and reads  state/service/<pid>.json     a worker: its model, and when it said so
                  state/service/reload-<port>.json   the newest order to load a model
removes           state/service/counters-<port>-<pid>.json (tally.py) of a former service

A reload over HTTP reaches one worker. It writes the order down, and the others follow within a
second; who deploys reads what each of them serves then.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.serving import tally

FOLDER = "service"
ORDER = "reload-{}.json"
FRESH_S = 10.0  # a worker that has said nothing for longer is gone, or hangs
LONGEST = 1 << 16  # bytes of a file


class _Said(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Attestation(_Said):
    """What one worker serves."""

    worker: Annotated[int, Field(gt=0)]  # process id
    workers: Annotated[int, Field(gt=0)]  # so many were started
    port: int
    model_id: str
    manifest_sha256: str
    generation: int
    golden: str  # recsys/serving/golden.py: the hash of what it answers
    at: float  # seconds since 1970: its heartbeat


class Order(_Said):
    """A model that all workers are to load."""

    model_id: str
    number: str  # another one each time
    at: float  # seconds since 1970


S = TypeVar("S", bound=_Said)


def write(state: Path, said: Attestation) -> None:
    """Say it, in the place of what this worker has said before."""
    _put(state / FOLDER / f"{said.worker}.json", said.model_dump())


def remove(state: Path, worker: int) -> None:
    """The worker ends."""
    with suppress(OSError):
        (state / FOLDER / f"{worker}.json").unlink()


def read(state: Path, port: int, now: float) -> list[Attestation]:
    """What the workers that listen on this port serve; those that are silent or gone left out."""
    paths = sorted((state / FOLDER).glob("[0-9]*.json"))
    found = [said for path in paths if (said := _parsed(Attestation, path))]
    return [
        said
        for said in found
        if said.port == port and now - said.at <= FRESH_S and _lives(said.worker)
    ]


def give(state: Path, port: int, order: Order) -> None:
    """Tell all workers that listen on this port."""
    _put(state / FOLDER / ORDER.format(port), order.model_dump())


def order(state: Path, port: int) -> Order | None:
    """The newest order; None without one."""
    return _parsed(Order, state / FOLDER / ORDER.format(port))


def begin(state: Path, port: int) -> None:
    """A service begins: what was ordered and said by one before it is gone."""
    with suppress(OSError):
        (state / FOLDER / ORDER.format(port)).unlink()
    tally.begin(state / FOLDER, port)
    for path in (state / FOLDER).glob("[0-9]*.json"):
        if not path.stem.isdecimal() or not _lives(int(path.stem)):
            with suppress(OSError):
                path.unlink()


def _put(path: Path, value: dict[str, Any]) -> None:
    """Whole or not at all; not worth a wait for the disk, for it is of the moment only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temp = path.with_name(f".{path.name}.{os.getpid()}.part")
    temp.write_text(json.dumps(value), encoding="utf-8")
    temp.replace(path)


def _parsed(kind: type[S], path: Path) -> S | None:
    """The file as what it should be; None if it is gone, torn or something else."""
    try:
        with path.open("rb") as file:
            return kind.model_validate_json(file.read(LONGEST))
    except (OSError, ValidationError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    return True
