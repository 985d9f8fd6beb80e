"""A look every second at what operators change beside the service: current and hidden.txt."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from recsys.serving.desk import Desk

log = logging.getLogger("service")

EVERY_S = 1.0
SWITCH_S = 0.0005  # a thread that loads a model lets requests through so often


@asynccontextmanager
async def looking(desk: Desk) -> AsyncIterator[None]:
    """Look once now, and again and again as long as the block lasts."""
    sys.setswitchinterval(SWITCH_S)
    look(desk)
    again = asyncio.create_task(_again_and_again(desk))
    yield
    again.cancel()
    with suppress(asyncio.CancelledError):
        await again


async def _again_and_again(desk: Desk) -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        with suppress(OSError):
            await asyncio.to_thread(look, desk)


def look(desk: Desk) -> None:
    """Follow releases/current and releases/hidden.txt; what has changed is said once."""
    former = desk.problem
    if desk.follow() and desk.current:
        log.info("serving %s, as %s says", desk.current.model_id, desk.releases)
    elif desk.problem and desk.problem != former:
        log.warning("%s", desk.problem)
    if desk.look_at_the_hide_list():
        log.info("%d products are hidden", len(desk.hide_list.products))
