"""The demo is of the sample shop: it leaves a shop of somebody's own, and a runner that is up."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.demo import command
from recsys.intake import drop_log
from recsys.program.errors import ConfigError, InstanceError
from tests.recsys.source.mapping import interactions
from tests.worlds import Shop, complains


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)
    shop = Shop(tmp_path)
    for path in (shop.raw, shop.sample):
        path.mkdir(parents=True)
    shutil.copyfile(
        ROOT / "data/sample/data_product.csv", shop.sample / "data_product.csv"
    )
    shop.configure()
    return shop


def test_the_sample_may_be_shown(project: Shop) -> None:
    command.check_sample()


def of_raw(shop: Shop) -> None:
    (shop.raw / "orders.csv").touch()


def of_mapping(shop: Shop) -> None:
    shop.configure(source={"interactions": [interactions().model_dump()]})


def of_before(shop: Shop) -> None:
    shop.batches.mkdir()
    drop_log.first_seen(shop.batches, "a.csv", "0" * 64, datetime.now(UTC))


@pytest.mark.parametrize("own", [of_raw, of_mapping, of_before])
def test_a_shop_of_somebodys_own_is_not_touched(project: Shop, own) -> None:
    own(project)
    with complains(ConfigError, "files of its own", "another clone"):
        command.check_sample()


def test_models_of_the_sample_do_not_go_to_a_shared_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command.check_store()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    with complains(ConfigError, "the demo would register", "http://mlflow:5000"):
        command.check_store()


def test_a_runner_that_is_up_is_not_ended(project: Shop) -> None:
    facts = {"pid": os.getpid()}
    with (
        lock.hold(project.folder / "state/runner.lock", "a runner", facts),
        complains(InstanceError, str(os.getpid()), "runner.py stop"),
    ):
        command.check_runner()
    command.check_runner()


def test_the_programs_are_those_of_the_makefile() -> None:
    service, ui, runner = command.wanted(1, 2)
    assert service.arguments == ("service.py", "--port", "1")
    assert ui.arguments == ("-m", "ops.ui", "--port", "2")
    assert [one.name for one in (service, ui, runner)] == list(command.NAMES)
