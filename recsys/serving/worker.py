"""One worker process of the service: it follows orders of the others, and says what it serves."""

import logging
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from recsys.program.errors import DataError
from recsys.serving import attestation, tally
from recsys.serving.attestation import Attestation, Order
from recsys.serving.counters import Counters
from recsys.serving.desk import Desk, Serving

log = logging.getLogger("service")


@dataclass
class Worker:
    """This process, beside the desk that it serves from."""

    desk: Desk
    state: Path
    port: int
    workers: int
    clock: Callable[[], float]  # seconds since 1970
    counters: Counters = field(default_factory=Counters)
    followed: Order | None = field(default=None)
    has_begun: bool = False
    told: bool = field(default=True)  # whether the last attestation could be written
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> None:
        """Follow the newest order, if it is new, and say what is served."""
        with self.one_at_a_time:
            self._follow()
            self._attest()
        self._note_counts()

    def _follow(self) -> None:
        """Load what another worker was told to load.

        Who begins follows releases/current, unless the order is newer: others serve that one then.
        """
        newest, former = attestation.order(self.state, self.port), self.followed
        begins, self.has_begun, self.followed = not self.has_begun, True, newest
        if newest is None or newest == former:
            return
        if begins and newest.at <= self.desk.pointed_since():
            return
        try:
            serving = self.desk.load(newest.model_id)
            log.info("serving %s, as another worker was told", serving.model_id)
        except DataError as error:
            self.desk.not_loaded = str(error)
            log.warning("%s", error)

    def load(self, model_id: str) -> Serving:
        """Serve this model from now on, and tell the others. DataError as Desk.load has it, or if
        they cannot be told: this one then serves what they do.
        """
        with self.one_at_a_time:
            former, serving = self.desk.current, self.desk.load(model_id)
            if self.workers > 1:
                self._tell_others(model_id, former)
            self._attest()
        return serving

    def _tell_others(self, model_id: str, former: Serving | None) -> None:
        number = secrets.token_hex(8)
        order = Order(model_id=model_id, number=number, at=self.clock())
        try:
            attestation.give(self.state, self.port, order)
        except OSError as error:
            self.desk.go_back(former)
            raise DataError(
                f"{self.state}: the other workers cannot be told to load {model_id} "
                f"({error.strerror}); let the service write there, and load it again"
            ) from None
        self.followed = order

    def counted(self) -> Counters:
        """What all workers have counted; of the others up to a second ago."""
        self._note_counts()  # whoever is asked next knows no less
        folder = self.state / attestation.FOLDER
        if self.workers == 1:
            return self.counters
        return tally.total(folder, self.port, self.counters)

    def _note_counts(self) -> None:
        if self.workers > 1:
            with suppress(OSError):  # _attest has said that nobody can write there
                tally.write(self.state / attestation.FOLDER, self.port, self.counters)

    def about(self) -> dict[str, object]:
        """What /model_info says of the process."""
        return {"worker": os.getpid(), "workers": self.workers}

    def _attest(self) -> None:
        """Say what is served now; a folder that cannot be written to is said once."""
        serving = self.desk.current
        if serving is None:
            return
        about = serving.recommender.release.about
        said = Attestation(
            worker=os.getpid(),
            workers=self.workers,
            port=self.port,
            model_id=serving.model_id,
            manifest_sha256=about.manifest_sha256,
            generation=serving.generation,
            golden=serving.golden,
            at=self.clock(),
        )
        try:
            attestation.write(self.state, said)
            self.told = True
        except OSError as error:
            if self.told:
                log.warning("%s: %s; deployments cannot see", self.state, error)
            self.told = False

    def end(self) -> None:
        """The process ends well."""
        with suppress(OSError):
            attestation.remove(self.state, os.getpid())
