import time
from pathlib import Path

import pytest

from ops.scheduler import reload
from ops.scheduler.reload import Reload
from ops.scheduler.slots import Times

SHIPPED = Path("params.yaml").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text(SHIPPED)
    return path


def news(watch: Reload, seconds: float = 60.0) -> Times | str:
    end = time.monotonic() + seconds
    while (found := watch.look()) is None:
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def test_a_file_that_stays_as_it_is_is_no_news(file: Path) -> None:
    watch = Reload(file)
    file.touch()
    assert [watch.look() for _ in range(3)] == [None, None, None]
    assert watch.reading is None


def test_a_change_is_read_and_checked(file: Path) -> None:
    watch = Reload(file)
    file.write_text(SHIPPED.replace("at: 02:00", "at: 02:30"))
    found = news(watch)
    assert isinstance(found, Times)
    assert found.jobs["refresh"].at == "02:30"
    assert watch.look() is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("at: 02:00", "at: 25:00", "runner.jobs.refresh"),
        ("  factors: 128", "  factors: many", "train_als.factors"),  # of a stage
        ("runner:", "runer:", "did you mean runner?"),
    ],
)
def test_a_wrong_file_is_refused_with_its_message(
    file: Path, old: str, new: str, why: str
) -> None:
    watch = Reload(file)
    assert old in SHIPPED
    file.write_text(SHIPPED.replace(old, new, 1))
    found = news(watch)
    assert isinstance(found, str)
    assert why in found
    assert not found.startswith("error")
    assert watch.look() is None  # said once
    file.write_text(SHIPPED)
    assert isinstance(news(watch), Times)


def test_a_file_that_is_gone_is_refused(file: Path) -> None:
    watch = Reload(file)
    file.unlink()
    assert "no such file" in str(news(watch))


def test_a_file_that_is_being_written_is_left_alone(file: Path) -> None:
    watch = Reload(file)
    for length in (100, 200, 300):
        file.write_text(SHIPPED[:length])
        assert watch.look() is None
        assert watch.reading is None


def test_a_check_that_hangs_is_given_up(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "READER", ("sh", "-c", "sleep 60"))
    monkeypatch.setattr(reload, "LIMIT_S", 0.2)
    watch = Reload(file)
    file.write_text("runner: {}")
    begun = time.monotonic()
    assert news(watch) == "its check ended with -9"
    assert time.monotonic() - begun < 10


def test_the_end_of_the_loop_ends_the_check(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reload, "READER", ("sh", "-c", "sleep 60"))
    watch = Reload(file)
    file.write_text("runner: {}")
    while not watch.reading:
        watch.look()
    watch.end()
    assert watch.reading.process.returncode == -9
