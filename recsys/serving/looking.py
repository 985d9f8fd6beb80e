"""A look every second at what operators change beside the service: current and hidden.txt."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from recsys.serving.worker import Worker

log = logging.getLogger("service")

EVERY_S = 1.0
SWITCH_S = 0.0005  # a thread that loads a model lets requests through so often


@asynccontextmanager
async def looking(worker: Worker) -> AsyncIterator[None]:
    """Look once now, and again and again as long as the block lasts."""
    sys.setswitchinterval(SWITCH_S)
    look(worker)
    again = asyncio.create_task(_again_and_again(worker))
    yield
    again.cancel()
    with suppress(asyncio.CancelledError):
        await again
    worker.end()


async def _again_and_again(worker: Worker) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        with suppress(OSError):
            await asyncio.to_thread(look, worker)


def look(worker: Worker) -> None:
    """Follow releases/current, releases/hidden.txt and the other workers; what has changed is said
    once.
    """
    desk = worker.desk
    former = desk.problem
    if desk.follow() and desk.current:
        log.info("serving %s, as %s says", desk.current.model_id, desk.releases)
    elif desk.problem and desk.problem != former:
        log.warning("%s", desk.problem)
    if desk.look_at_the_hide_list():
        log.info("%d products are hidden", len(desk.hide_list.products))
    worker.look()
