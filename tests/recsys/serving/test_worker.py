"""A worker says what it serves, and follows what another one was told."""

import errno
import logging
import os
import time
from pathlib import Path

import pytest

from recsys.program.errors import DataError
from recsys.serving import attestation, pointer
from recsys.serving.attestation import Attestation, Order
from recsys.serving.desk import Desk
from recsys.serving.worker import Worker
from tests.recsys.serving import worlds
from tests.worlds import complains


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str, str]:
    """The folder, and the ids of two releases; the first is pointed at."""
    ids = worlds.publish(tmp_path), worlds.publish(tmp_path, popularity=9.0)
    pointer.switch(tmp_path / "releases", ids[0])
    return tmp_path, *ids


def begun(folder: Path, workers: int = 2) -> Worker:
    made = Worker(
        Desk(folder / "releases"), folder / "state", 7, workers, lambda: 100.0
    )
    made.desk.follow()
    made.look()
    return made


def said(folder: Path) -> list[Attestation]:
    return attestation.read(folder / "state", 7, 100.0)


def serves(worker: Worker) -> tuple[str, int]:
    assert worker.desk.current
    return worker.desk.current.model_id, worker.desk.current.generation


def test_it_says_what_it_serves(shop: tuple[Path, str, str]) -> None:
    folder, first, second = shop
    worker = begun(folder)
    one = said(folder)[0]
    assert (one.worker, one.workers, one.model_id, one.generation) == (
        *(os.getpid(), 2, first, 1),
    )
    worker.load(second)
    two = said(folder)[0]
    assert (two.model_id, two.generation) == (second, 2)
    assert two.golden != one.golden and two.manifest_sha256 != one.manifest_sha256
    assert worker.about() == {"worker": os.getpid(), "workers": 2}
    worker.end()
    assert said(folder) == []


def test_where_the_others_cannot_be_told_all_go_on_with_the_former_model(
    shop: tuple[Path, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, first, second = shop
    worker, other = begun(folder), begun(folder)
    (folder / "releases/hidden.txt").write_text("p0\n")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(attestation, "give", full)
        with complains(DataError, "cannot be told", "No space left"):
            worker.load(second)
    for one in (worker, other):
        one.look()
        assert serves(one) == (first, 1)
    assert worker.desk.current and worker.desk.current.about()["hidden_products"] == 1
    worker.load(second)
    other.look()
    assert serves(worker)[0] == serves(other)[0] == second


def test_an_order_reaches_the_others_once(shop: tuple[Path, str, str]) -> None:
    folder, _, second = shop
    told, other = begun(folder), begun(folder)
    told.load(second)
    for _ in range(2):
        told.look()
        other.look()
        assert serves(told) == serves(other) == (second, 2)
    told.load(second)  # the same again is a new order
    other.look()
    assert serves(other) == (second, 3)


def test_who_begins_later_follows_the_pointer(shop: tuple[Path, str, str]) -> None:
    folder, first, second = shop
    begun(folder).load(second)
    assert serves(begun(folder)) == (first, 1)
    late = Worker(Desk(folder / "releases"), folder / "state", 7, 2, time.time)
    late.load(second)
    assert serves(begun(folder)) == (second, 2)  # what is ordered is newer
    assert Desk(folder / "nowhere").pointed_since() == 0


def test_one_alone_gives_no_orders(shop: tuple[Path, str, str]) -> None:
    begun(shop[0], workers=1).load(shop[2])
    assert attestation.order(shop[0] / "state", 7) is None


def test_an_order_that_cannot_be_followed_is_a_problem(
    shop: tuple[Path, str, str],
) -> None:
    folder, first, _ = shop
    worker = begun(folder)
    for model_id in ("als-0123456789ab", "../../etc"):
        order = Order(model_id=model_id, number=model_id, at=0.0)
        attestation.give(folder / "state", 7, order)
        worker.look()
        assert serves(worker) == (first, 1)
        assert worker.desk.problem


def test_without_a_model_it_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    begun(tmp_path)
    assert said(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_said_once(
    shop: tuple[Path, str, str], caplog: pytest.LogCaptureFixture
) -> None:
    (shop[0] / "state").write_text("a file")
    with caplog.at_level(logging.WARNING):
        begun(shop[0]).look()
    assert caplog.text.count("deployments cannot see") == 1
