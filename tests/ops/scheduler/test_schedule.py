import subprocess
import sys
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from ops.scheduler.schedule import Params, seconds
from ops.scheduler.slots import Rule
from recsys.program import params
from recsys.program.errors import ConfigError

SHIPPED = Path("params.yaml")
RULE = "enabled: true, every: day, at: 02:00, grace: 3h, time_limit_s: 5, retries: 1"


def written(folder: Path, jobs: str, zone: str = "UTC") -> Path:
    file = folder / "params.yaml"
    file.write_text(
        f"runner:\n  zone: {zone}\n  export_to: lists.csv\n  train_when_trainable: 5\n"
        f"  on_drift: alert\n  retrains_a_month: 1\n  jobs: {jobs}\n"
    )
    return file


def test_the_loop_gets_plain_times(tmp_path: Path) -> None:
    hourly = RULE.replace("day, at: 02:00", "hour, minute: 5")
    file = written(tmp_path, f"{{refresh: {{{RULE}}}, health: {{{hourly}}}}}")
    times = params.load(Params, "runner", file).times
    assert (times.zone, times.export_to) == ("UTC", "lists.csv")
    assert times.jobs == {
        "refresh": Rule("day", "02:00", True, 10800, 5, 1),
        "health": Rule("hour", ":05", True, 10800, 5, 1),
    }


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("45m", 2700), ("3h", 10800), ("2d", 172800)]
)
def test_seconds_of_a_duration(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "3", "h", "3 h", "0h", "1.5h", "3w", "-1h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="45m, 3h or 2d"):
        seconds(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at: 02:00", "at: 24:00", "runner.jobs.refresh: with `every: day`, `at` is"),
        ("at: 02:00", "at: 200", "`at` is written HH:MM (it is 200)"),
        ("at: 02:00, ", "", "`at` is written HH:MM (it is None)"),
        ("at: 02:00", "minute: 5", "write `at: HH:MM` and no `minute`"),
        ("day, at: 02:00", "hour", "a `minute` from 0 to 59 is wanted"),
        ("day, at: 02:00", "hour, minute: 60", "refresh.minute"),
        (
            "day, at: 02:00",
            'hour, at: ":07"',  # as it was written before November 2026
            "with `every: hour` write `minute: 7` and no `at` (it is ':07')",
        ),
        ("every: day", "every: fortnight", "refresh.every"),
        ("grace: 3h", "grace: 3", "refresh.grace"),
        ("grace: 3h", "grace: 3 hours", "as in 45m, 3h or 2d"),
        ("grace: 3h, ", "", "runner.jobs.refresh.grace is missing"),
        ("retries: 1", "retries: -1", "refresh.retries"),
        ("time_limit_s: 5", "time_limit_s: 0", "refresh.time_limit_s"),
    ],
)
def test_a_wrong_rule_is_one_message_that_names_the_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = written(tmp_path, f"{{refresh: {{{RULE.replace(old, new)}}}}}")
    with pytest.raises(ConfigError) as caught:
        params.load(Params, "runner", file)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("jobs", "zone", "message"),
    [
        ("{}", "Asia/Saigonn", "no time zone is named 'Asia/Saigonn'"),
        (f"{{fresh: {{{RULE}}}}}", "UTC", "'fresh'"),
    ],
)
def test_a_wrong_section(tmp_path: Path, jobs: str, zone: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        params.load(Params, "runner", written(tmp_path, jobs, zone))


def test_the_shipped_section_is_read_the_same_after_dvc_has_written_it_anew(
    tmp_path: Path,
) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(SHIPPED.read_bytes())
    apply_overrides(file, ["train_als.factors=32"])
    assert file.read_bytes() != SHIPPED.read_bytes()
    anew, shipped = params.read(file), params.read(SHIPPED)
    assert anew["train_als"].pop("factors") == 32
    assert shipped["train_als"].pop("factors") != 32
    assert anew == shipped
    check = [sys.executable, "-m", "ops.pipeline.check", "--params", str(file)]
    assert subprocess.run(check, check=False).returncode == 0
