"""What changes beside the service is seen, and said once."""

import asyncio
import logging
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from recsys.serving import looking, pointer
from recsys.serving.desk import Desk
from recsys.serving.worker import Worker
from tests.recsys.serving import worlds


def test_each_change_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    releases = tmp_path / "releases"
    model_id = worlds.publish(tmp_path)
    worker = Worker(Desk(releases), tmp_path / "state", 0, 1, time.time)

    def said() -> list[str]:
        caplog.clear()
        looking.look(worker)
        return [record.getMessage() for record in caplog.records]

    with caplog.at_level(logging.INFO):
        assert "nothing was published yet" in said()[0]
        assert said() == []
        pointer.switch(releases, "als-0123456789ab")
        assert "no such release" in said()[0]
        assert said() == []
        pointer.switch(releases, model_id)
        assert said() == [f"serving {model_id}, as {releases} says"]
        (releases / "hidden.txt").write_text("p0\n")
        assert said() == ["1 products are hidden"]
        assert said() == []
        (releases / "hidden.txt").write_text("p0\np0.0\n")
        count, unknown = said()
        assert count == "1 products are hidden" and "'p0.0'" in unknown
        (releases / "hidden.txt").write_text("p0\n")
        (releases / "delisted.txt").write_text("p0\np1\nlong-gone\n")
        assert said() == ["2 products are hidden, 2 of them as delisted"]
        (releases / "hidden.txt").write_bytes(b"\xff\xfe")
        assert "not UTF-8" in said()[0]
        assert said() == []


def test_it_looks_as_long_as_the_service_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_id = worlds.publish(tmp_path)
    desk, former = Desk(tmp_path / "releases"), sys.getswitchinterval()
    worker = Worker(desk, tmp_path / "state", 0, 1, time.time)
    monkeypatch.setattr(looking, "EVERY_S", 0.01)

    async def serve() -> None:
        async with looking.looking(worker):
            assert desk.current is None
            pointer.switch(tmp_path / "releases", model_id)
            while desk.current is None:
                await asyncio.sleep(0.01)

    try:
        asyncio.run(asyncio.wait_for(serve(), 20))
    finally:
        sys.setswitchinterval(former)
    assert desk.current and desk.current.model_id == model_id
    attested = tmp_path / "state/service" / f"{os.getpid()}.json"
    assert not attested.exists()  # it was there, and went with the service


def test_a_look_under_way_ends_before_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointer.switch(tmp_path / "releases", worlds.publish(tmp_path))
    worker = Worker(Desk(tmp_path / "releases"), tmp_path / "state", 0, 1, time.time)
    former, looks, begun = sys.getswitchinterval(), looking.look, threading.Event()
    monkeypatch.setattr(looking, "EVERY_S", 0.01)

    def slow(worker: Worker) -> None:
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            time.sleep(0.3)
        looks(worker)

    async def serve() -> None:
        async with looking.looking(worker):
            await asyncio.to_thread(begun.wait, 10)

    monkeypatch.setattr(looking, "look", slow)
    try:
        asyncio.run(serve())  # it waits for its threads
    finally:
        sys.setswitchinterval(former)
    assert begun.is_set()
    assert list((tmp_path / "state/service").glob("*.json")) == []


def test_a_look_that_fails_is_said_and_is_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pointer.switch(tmp_path / "releases", worlds.publish(tmp_path))
    worker = Worker(Desk(tmp_path / "releases"), tmp_path / "state", 0, 1, time.time)
    former, follow, tries = sys.getswitchinterval(), worker.desk.follow, []
    monkeypatch.setattr(looking, "EVERY_S", 0.01)

    def failing() -> bool:
        tries.append(1)
        if len(tries) in (2, 3):
            raise MemoryError("Unable to allocate")
        return follow()

    monkeypatch.setattr(worker.desk, "follow", failing)

    async def serve() -> None:
        async with looking.looking(worker):
            while len(tries) < 5:
                await asyncio.sleep(0.01)

    try:
        asyncio.run(asyncio.wait_for(serve(), 20))
    finally:
        sys.setswitchinterval(former)
    said = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert len(said) == 1 and "a look at" in said[0].getMessage()
