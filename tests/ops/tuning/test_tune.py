"""The program: the winner is written once and nothing else changes; mistakes are one message."""

import re
from pathlib import Path

import pytest

from ops import lock
from ops.tuning import tune
from ops.tuning.params_file import rewritten
from recsys.program.errors import ConfigError, DataError, InstanceError, StoreError
from tests.ops.tuning.worlds import TRIALS, shop_in, trials_of, tuned
from tests.worlds import Shop, complains

# ---- params.yaml ----


def test_apply_writes_the_winner_of_a_finished_study_and_nothing_else(
    copied: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = copied.params.read_bytes()
    tuned(copied)
    said = capsys.readouterr().out
    assert copied.params.read_bytes() == before and "--apply writes this" in said
    tuned(copied, apply=True)
    lines = zip(
        before.splitlines(), copied.params.read_bytes().splitlines(), strict=True
    )
    different = [(old.decode(), new.decode()) for old, new in lines if old != new]
    assert [old.split(":")[0].strip() for old, _ in different] == ["hybrid"]
    for old, new in different:
        assert old.partition("#")[1:] == new.partition("#")[1:]
        assert re.search(r"popularity: ([\d.]+)", new)[1] in said
    assert len(trials_of(copied)) == TRIALS

    capsys.readouterr()
    applied = copied.params.read_bytes()
    tuned(copied, apply=True)  # what it is compared with is now the winner itself
    assert "nothing to change" in capsys.readouterr().out
    assert (copied.params.read_bytes(), len(trials_of(copied))) == (applied, TRIALS)


def test_other_present_params_are_measured_before_a_winner_may_replace_them(
    copied: Shop,
) -> None:
    text = copied.params.read_text(encoding="utf-8")
    copied.params.write_text(
        rewritten(text, {"train_als.hybrid.popularity": 77.0}), encoding="utf-8"
    )
    before = copied.params.read_bytes()
    tuned(copied, apply=True)
    assert copied.params.read_bytes() == before  # they are as good
    assert len(trials_of(copied)) == TRIALS + 1


def test_params_that_were_changed_meanwhile_are_left_alone(copied: Shop) -> None:
    (task,) = tune.tasks("als", copied.processed, copied.embeddings, copied.params)
    text = copied.params.read_text(encoding="utf-8")
    copied.params.write_text(
        rewritten(text, {"train_als.iterations": 3}), encoding="utf-8"
    )
    before = copied.params.read_bytes()
    with complains(ConfigError, "train_als", "was changed"):
        tune.write(copied.params, task, {"factors": 3})
    assert copied.params.read_bytes() == before
    assert not list(copied.folder.glob(".*.part"))


# ---- what a user does wrong ----


def test_no_data_or_wrong_options_are_one_message(
    tmp_path: Path, store_template: Path
) -> None:
    shop = shop_in(tmp_path, store_template)
    for options in ({"trials": 0}, {"timeout": 0.0}, {"timeout": float("nan")}):
        with complains(ConfigError, "above 0"):
            tuned(shop, **options)
    with (
        lock.hold(shop.folder / "state" / tune.LOCK, "tuning", {"pid": 1}),
        complains(InstanceError, "process 1"),
    ):
        tuned(shop)
    (shop.folder / "state/tune.db").write_bytes(b"no database" * 99)
    with complains(StoreError, "tune.db", "move it away"):
        tuned(shop)
    (shop.processed / "validation.parquet").unlink()
    with complains(DataError, "validation.parquet", "make repro"):
        tuned(shop)


def test_where_spark_fits_als_it_is_not_tuned_for_another_solver(copied: Shop) -> None:
    copied.configure(engine={"name": "spark"})
    with pytest.raises(ConfigError, match="tune fits als on this machine"):
        tune.tasks("both", copied.processed, copied.embeddings, copied.params)
    (task,) = tune.tasks("bpr", copied.processed, copied.embeddings, copied.params)
    assert task.model == "bpr"


def test_settings_of_pairs_are_not_tried_where_softmax_is_trained(copied: Shop) -> None:
    text = copied.params.read_text(encoding="utf-8")
    copied.params.write_text(
        rewritten(text, {"train_bpr.loss": "softmax"}), encoding="utf-8"
    )
    places = copied.processed, copied.embeddings, copied.params
    for model in ("bpr", "both"):
        with complains(ConfigError, "train_bpr.loss", "--model als"):
            tune.tasks(model, *places)
    assert len(tune.tasks("als", *places)) == 1
