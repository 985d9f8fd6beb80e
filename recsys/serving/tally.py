"""What the workers of one service have counted, together.

writes and reads  <folder>/counters-<port>-<pid>.json   the counts of a worker

Prometheus asks one worker, any of them. Each writes its counts down every second; who is asked adds
those of the others to its own, also of workers that have ended, so that no count goes down while
the service is up.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from recsys.serving.counters import Counters

NAME = "counters-{port}-{worker}.json"


def begin(folder: Path, port: int) -> None:
    """A service begins on this port: it has counted nothing yet."""
    for path in folder.glob(NAME.format(port=port, worker="*")):
        with suppress(OSError):
            path.unlink()


def write(folder: Path, port: int, counters: Counters) -> None:
    """Write down what this process has counted; not worth a wait for the disk. OSError may come."""
    path = _path(folder, port)
    folder.mkdir(parents=True, exist_ok=True)
    temp = path.with_name(f".{path.name}.part")
    temp.write_text(json.dumps(counters.as_json()), encoding="utf-8")
    temp.replace(path)


def total(folder: Path, port: int, counters: Counters) -> Counters:
    """What this process and all others of the service have counted; a file that cannot be read
    counts nothing.
    """
    found, own = Counters(), _path(folder, port)
    found.add(counters.as_json())
    for path in sorted(folder.glob(NAME.format(port=port, worker="*"))):
        if path != own:
            with suppress(OSError, ValueError, KeyError, TypeError):
                found.add(json.loads(path.read_bytes()))
    return found


def _path(folder: Path, port: int) -> Path:
    return folder / NAME.format(port=port, worker=os.getpid())
