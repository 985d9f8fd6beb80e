"""The last lines of a repro: commands that can be typed."""

from pathlib import Path

from ops.pipeline import next_steps
from recsys.files.atomic import write_json
from tests.recsys.serving import worlds


def test_before_anything_was_trained_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert next_steps.lines(tmp_path) == []


def test_a_user_and_the_refused_rows(tmp_path: Path) -> None:
    worlds.save_model(tmp_path / "models/als")
    reasons = {"time_format": 1, "cells": 3, "rating_range": 9, "id_empty": 3}
    merged = {"quarantined": 16, "quarantined_by_reason": reasons}
    write_json(tmp_path / "metrics/merge.json", merged)
    head, recommend, ui, refused = next_steps.lines(tmp_path)
    assert head == "Next:"
    assert recommend.split()[:4] == ["python", "runner.py", "recommend", "u0"]
    assert ui.split()[:2] == ["make", "ui"]
    assert refused.endswith(
        "16 rows were refused: rating_range 9, cells 3, id_empty 3, 1 more reasons"
    )


def test_a_shop_whose_users_are_addresses_is_told_its_next_steps_without_one(
    tmp_path: Path,
) -> None:
    worlds.save_model(tmp_path / "models/als", behind="@shop.example")
    _, recommend, ui = next_steps.lines(tmp_path)
    assert recommend.split()[:4] == ["python", "runner.py", "recommend", "USER"]
    assert recommend.endswith("USER is an id of your shop")
    assert ui.split()[:2] == ["make", "ui"]
    assert next_steps.example(tmp_path) == ("", "p0")


def test_of_the_sample_shop_it_says_how_to_take_own_files(tmp_path: Path) -> None:
    worlds.save_model(tmp_path / "models/als")
    write_json(tmp_path / "metrics/merge.json", {"sample": True})
    last = next_steps.lines(tmp_path)[-1].split()
    assert last[:4] == ["python", "runner.py", "init", "FILE"]


def test_nothing_refused_and_torn_files_are_no_reason_to_fail(tmp_path: Path) -> None:
    worlds.save_model(tmp_path / "models/als")
    write_json(
        tmp_path / "metrics/merge.json",
        {"quarantined": 0, "quarantined_by_reason": {}},
    )
    assert len(next_steps.lines(tmp_path)) == 3
    (tmp_path / "metrics/merge.json").write_text("{")
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns/mlflow.db").write_bytes(b"torn")
    assert len(next_steps.lines(tmp_path)) == 3
    (tmp_path / "models/als/factors.npz").write_bytes(b"torn")
    assert next_steps.lines(tmp_path) == []
