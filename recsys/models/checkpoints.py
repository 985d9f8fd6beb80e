"""The state of a fit, kept now and then, so that a killed one goes on where it was.

<folder>/<key>-<step>.npz     named arrays; written whole or not at all, the newest few are kept

`key` is a hash of all that the fit is a function of (inputs, params, version of the solver): a
state of another fit is never taken up. A fit that goes on from a state ends with the bytes that it
would have had without the kill.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from recsys.files.atomic import TEMP_SUFFIX, sha256_of_json
from recsys.files.cache import read_cache, write_cache

log = logging.getLogger(__name__)

State = dict[str, np.ndarray]


class Checkpoints:
    """States of one fit in `folder`, one every `every` steps, the newest `keep` of them.

    None is kept within `seconds` of the last one (or of the beginning) by `clock`: steps that take
    no time are sooner taken again than written.
    """

    def __init__(
        self,
        folder: Path,
        made_of: object,
        every: int,
        seconds: float = 0,
        keep: int = 3,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self.key = sha256_of_json(made_of)[:16]
        self.every = every
        self.seconds = seconds
        self.keep = keep
        self.clock = clock
        self.last = clock()

    def load(self, *names: str) -> tuple[int, State] | None:
        """The step and the arrays of the newest whole state of this fit that has these names.

        None if there is none.
        """
        for step, path in reversed(self._states()):
            state = read_cache(path, self.key.encode())
            if state is None or not set(names) <= state.keys():
                log.warning("%s: not a state of this fit; removed", path)
                # else it counts as one of the newest that are kept
                path.unlink(missing_ok=True)
                continue
            log.info("goes on at step %d, from %s", step, path.name)
            return step, state
        return None

    def save(self, step: int, state: State) -> None:
        """Keep the state after `step` steps, if it is the turn of that step."""
        if step % self.every == 0 and self.clock() - self.last >= self.seconds:
            newest = self.folder / f"{self.key}-{step:06d}.npz"
            write_cache(newest, self.key.encode(), state)
            for _, path in self._states()[: -self.keep]:
                path.unlink(missing_ok=True)
            self.last = self.clock()

    def clear(self) -> None:
        """Forget every state in the folder: the model is written, those of other fits are stale."""
        half_written = (
            f".*.npz{TEMP_SUFFIX}"  # what a kill in the middle of a write leaves
        )
        for pattern in ("*.npz", half_written):
            for path in self.folder.glob(pattern):
                path.unlink(missing_ok=True)

    def _states(self) -> list[tuple[int, Path]]:
        named = re.compile(rf"{self.key}-(\d{{6,}})\.npz")
        names = [
            (named.fullmatch(path.name), path) for path in self.folder.glob("*.npz")
        ]
        return sorted((int(name[1]), path) for name, path in names if name)


class Part(StrEnum):
    """The fits of one training."""

    FOLD = "fold"  # without the validation fold: how many epochs
    HIDDEN = "hidden"  # without some items: whether predicted rows help cold items
    ALL = "all"  # on everything: the model


@dataclass(frozen=True)
class TrainingCheckpoints:
    """The states of all fits of one training, in one folder."""

    folder: Path
    made_of: list[object]  # all that the training is a function of
    every: int
    seconds: float

    def of(self, part: Part, *more: object) -> Checkpoints:
        """The states of this fit, told from others of its part by `more`; its clock begins now."""
        made_of = [*self.made_of, part, *more]
        return Checkpoints(self.folder, made_of, self.every, self.seconds)

    def clear(self) -> None:
        """Forget them all: the model is written."""
        self.of(Part.ALL).clear()
