"""What the next merge takes in, after the last one."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from recsys.intake import drops, foreign_drops, left_over
from recsys.program.command_line import PARAMS_FILE
from recsys.source.params import Params
from tests.recsys.source.mapping import interactions
from tests.worlds import ROOT

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "user_id,product_id,rating,comment,timestamp\n"
ROW = "u1,p1,5,good,2024-01-01T10:00:00\n"
SOURCE = Params(
    interactions=[interactions("b", format="jsonl", text=[])], products=[], sql=[]
)
MAPPED_ROW = '{"user": "u", "item": "p", "when": "2024-01-01", "stars": 5}\n'


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    (folder / ".gitkeep").touch()
    return folder


@pytest.fixture
def params(tmp_path: Path) -> Path:
    """Those of the house: the contract."""
    return Path(shutil.copy(ROOT / PARAMS_FILE, tmp_path))


def mapped(folder: Path) -> Path:
    """Params of a shop that has a form of its own."""
    path = folder / PARAMS_FILE
    with path.open("w") as file:
        YAML().dump({"source": SOURCE.model_dump()}, file)
    return path


def test_a_drop_waits_until_it_is_sealed(staging: Path, params: Path) -> None:
    assert not left_over.is_any(staging, params)
    (staging / "drop.csv").write_text(HEAD + ROW)
    assert left_over.is_any(staging, params)
    drops.take(staging, staging.with_name("batches"), NOW)
    assert not left_over.is_any(staging, params)


def test_a_last_row_without_its_end_waits_for_one_more_intake(
    staging: Path, params: Path
) -> None:
    batches = staging.with_name("batches")
    (staging / drops.APPENDED).write_text(HEAD + ROW + "u2,p2,5,go")
    drops.take(staging, batches, NOW, 0.0)
    assert not (staging / drops.APPENDED).exists()
    assert left_over.is_any(staging, params)
    drops.take(staging, batches, NOW, 0.0)
    assert not left_over.is_any(staging, params)


def test_one_that_is_written_on_waits(staging: Path, params: Path) -> None:
    with (staging / drops.APPENDED).open("w") as writer:
        writer.write(HEAD + ROW)
        writer.flush()
        drops.take(staging, staging.with_name("batches"), NOW, 0.0)
        assert left_over.is_any(staging, params)


@pytest.mark.parametrize("name", [".half.csv", "notes.txt", "folder.csv/a", "big.CSV"])
def test_what_is_no_drop_does_not(staging: Path, params: Path, name: str) -> None:
    (staging / name).parent.mkdir(exist_ok=True)
    (staging / name).write_text(HEAD + ROW)
    (staging / "empty.csv").touch()
    assert not left_over.is_any(staging, params)


def test_one_in_a_form_that_is_mapped_waits(staging: Path, tmp_path: Path) -> None:
    params = mapped(tmp_path)
    drop = staging / "more.jsonl"
    drop.write_text(MAPPED_ROW)
    (staging / "notes.jsonl").write_text('{"other": 1}\n')
    assert left_over.is_any(staging, params)
    foreign_drops.take(staging, tmp_path / "batches", SOURCE, NOW, 0.0)
    assert left_over.is_any(staging, params)  # as a drop of the contract now
    drops.take(staging, staging.with_name("batches"), NOW, 0.0)
    assert not left_over.is_any(staging, params) and (staging / "notes.jsonl").exists()


def test_one_in_such_a_form_that_is_still_written_waits(
    staging: Path, tmp_path: Path
) -> None:
    """It is out of DVC's sight then (.dvcignore)."""
    params = mapped(tmp_path)
    with (staging / "more.jsonl").open("w") as writer:
        writer.write(MAPPED_ROW)
        writer.flush()
        foreign_drops.take(staging, tmp_path / "batches", SOURCE, NOW, 0.0)
        assert not (staging / "more.jsonl").exists()
        assert left_over.is_any(staging, params)


def test_wrong_params_are_for_the_check_of_them(staging: Path, tmp_path: Path) -> None:
    (staging / "more.jsonl").write_text("{}\n")
    (tmp_path / "p.yaml").write_text("source: 5\n")
    assert not left_over.is_any(staging, tmp_path / "p.yaml")
