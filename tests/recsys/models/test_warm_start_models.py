"""The model that a fit begins at is found by its id, and a torn one is named."""

from pathlib import Path

import pytest

from recsys.models import warm_start
from recsys.program.errors import ConfigError
from tests.recsys.models.starts import (
    KEY,
    save,
)
from tests.worlds import complains

# ---- where the model is ----


def test_a_model_is_found_by_its_id_in_the_runs_of_mlflow(tmp_path: Path) -> None:
    runs = [
        tmp_path / "mlruns" / "artifacts" / run / "artifacts" / "model"
        for run in ("0a" * 16, "1b" * 16)
    ]
    names = [save(folder, shift=shift) for shift, folder in enumerate(runs)]
    (tmp_path / "mlruns" / "artifacts" / ("2c" * 16) / "artifacts" / "lineage").mkdir(
        parents=True
    )
    assert warm_start.kept_models(tmp_path / "mlruns") == runs
    for name, folder in zip(names, runs, strict=True):
        assert warm_start.find(name, runs, KEY).folder == folder


def test_no_runs_are_no_models(tmp_path: Path) -> None:
    assert warm_start.kept_models(tmp_path / "mlruns") == []


def test_an_unknown_id_is_told_the_known_ones_of_its_type(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcd"]
    first, second = save(folders[0]), save(folders[1], shift=1)
    same, other = save(folders[2]), save(folders[3], kind="bpr")
    assert same == first
    with pytest.raises(ConfigError) as caught:
        warm_start.find("als-000000000000", folders, KEY)
    message = str(caught.value)
    assert message.startswith(f"params.yaml: {KEY}: no model 'als-000000000000'")
    assert f"there are {', '.join(sorted([first, second]))};" in message
    assert other not in message
    with complains(ConfigError, KEY, "none of this type", "off"):
        warm_start.find("bpr-000000000000", folders[:3], KEY)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '"x"', "5", "{}", '{"model_type": []}', "[" * 9999, "NaN"],
)
def test_what_is_no_model_beside_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text(content, encoding="utf-8")
    (tmp_path / "strange" / "manifest.json").mkdir(parents=True)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "bytes").mkdir()
    (tmp_path / "bytes" / "manifest.json").write_bytes(b"\xff\xfe")
    name = save(tmp_path / "whole")
    beside = [tmp_path / one for one in ("none", "torn", "strange", "file", "bytes")]
    assert (
        warm_start.find(name, [*beside, tmp_path / "whole"], KEY).folder
        == tmp_path / "whole"
    )
    with complains(ConfigError, name):
        warm_start.find(name, beside, KEY)


def test_a_torn_copy_gives_way_to_a_whole_one(tmp_path: Path) -> None:
    name = save(tmp_path / "own")
    assert save(tmp_path / "run") == name
    half = (tmp_path / "own" / "factors.npz").read_bytes()[:-9]
    (tmp_path / "own" / "factors.npz").write_bytes(half)
    assert (
        warm_start.find(name, [tmp_path / "own", tmp_path / "run"], KEY).folder
        == tmp_path / "run"
    )


def test_a_model_that_is_torn_wherever_it_is_is_named(tmp_path: Path) -> None:
    name = save(tmp_path / "own")
    (tmp_path / "own" / "factors.npz").unlink()
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "manifest.json").write_text("{", encoding="utf-8")
    with complains(
        ConfigError, KEY, name, tmp_path / "own" / "factors.npz", "take another", "off"
    ):
        warm_start.find(name, [tmp_path / "own", tmp_path / "junk"], KEY)
