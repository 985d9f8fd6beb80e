"""A look every second at what changes beside the service: current, hidden.txt, delisted.txt."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from recsys.serving.catalogue import Catalogue
from recsys.serving.hidden import told
from recsys.serving.worker import Worker

log = logging.getLogger("service")

EVERY_S = 1.0
SWITCH_S = 0.0005  # a thread that loads a model lets requests through so often


@asynccontextmanager
async def looking(worker: Worker) -> AsyncIterator[None]:
    """Look once now, and again and again as long as the block lasts."""
    sys.setswitchinterval(SWITCH_S)
    look(worker)
    ended = asyncio.Event()
    again = asyncio.create_task(_until(ended, worker))
    try:
        yield
    finally:
        ended.set()
        await again  # a look under way would write its file after `end` took it away
        worker.end()


async def _until(ended: asyncio.Event, worker: Worker) -> None:
    said = ""
    while not await _happened(ended, EVERY_S):
        try:
            await asyncio.to_thread(look, worker)
        # a bug of one look ends no other: it is told with its traceback, and looked again
        except Exception as error:
            if str(error) != said:
                log.exception(
                    "a look at %s and the other workers", worker.desk.releases
                )
            said = str(error)


async def _happened(event: asyncio.Event, within_s: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), within_s)
    return event.is_set()


def look(worker: Worker) -> None:
    """Follow releases/current, what is hidden, and the other workers; what has changed is said
    once.
    """
    desk = worker.desk
    former = desk.problem
    followed = desk.follow()
    if followed and desk.current:
        log.info("serving %s, as %s says", desk.current.model_id, desk.releases)
    elif desk.problem and desk.problem != former:
        log.warning("%s", desk.problem)
    unread = desk.hidden.problem
    changed = desk.look_at_what_is_hidden()
    if desk.hidden.problem and desk.hidden.problem != unread:
        log.warning("%s", desk.hidden.problem)
    if desk.current and (followed or changed):
        _tell_what_is_hidden(desk.current.recommender.catalogue, changed)
    worker.look()


def _tell_what_is_hidden(catalogue: Catalogue, changed: bool) -> None:
    if changed:
        hidden, delisted = int(catalogue.hidden.sum()), int(catalogue.delisted.sum())
        and_of_them = f", {delisted} of them as delisted" if delisted else ""
        log.info("%d products are hidden%s", hidden, and_of_them)
    if catalogue.not_named:
        log.warning("%s", told(catalogue.not_named))
