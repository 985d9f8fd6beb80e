"""A short life, and one that hypothesis chooses: what can be reached stays."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bench.runner import cleanup_life
from bench.runner.cleanup_life import Life
from ops.cleanup import models
from recsys.registry import store
from tests.worlds import copy_store


def begun(factory: pytest.TempPathFactory, folder: Path) -> Life:
    copy_store(factory, folder)
    return Life(folder, random.Random(7))


def test_a_short_life(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    life = begun(tmp_path_factory, tmp_path)
    for _ in range(40):
        life.step()
    life.do("clean")
    assert life.done["train"] > 8 and life.removed > 10
    assert "| train |" in cleanup_life.report(life, 7, 40, 1.0)


def test_a_cleanup_that_forgets_rollback_targets_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The planted bug: only what is in production is kept."""
    life = begun(tmp_path_factory, tmp_path)
    monkeypatch.setattr(
        "ops.cleanup.needed.of_the_log", lambda _: set(life.layers[-1:])
    )
    with pytest.raises(AssertionError, match=r"is gone|no rollback"):
        for _ in range(12):
            for name in ("train", "promote", "clean"):
                life.do(name)


def test_whatever_order_things_happen_in(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tmp_path_factory.mktemp("life")
            self.life = begun(tmp_path_factory, self.folder)

        @rule(names=st.lists(st.sampled_from(sorted(cleanup_life.STEPS)), max_size=6))
        def some_steps(self, names: list[str]) -> None:
            for name in names:
                self.life.do(name)

        @rule()
        def a_new_model_in_production(self) -> None:
            self.life.do("train")
            self.life.do("promote")

        @invariant()
        def what_ran_can_be_gone_back_to(self) -> None:
            runs = {
                run.data.tags["model_id"] for run in models._all_runs(self.life.client)
            }
            assert set(self.life.layers) <= runs

        def teardown(self) -> None:
            self.life.do("clean")
            store.dispose(self.life.client)
            shutil.rmtree(self.folder)

    run_state_machine_as_test(  # type: ignore[no-untyped-call] # hypothesis has no type for it
        Machine,
        settings=settings(
            max_examples=3,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
