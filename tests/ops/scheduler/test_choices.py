import pytest

from ops.scheduler.choices import Choices, repro_options
from recsys.program.errors import ConfigError


@pytest.mark.parametrize(
    ("job", "chosen", "expected"),
    [
        ("refresh", Choices(), None),
        ("health", Choices(), None),
        ("refresh", Choices(skip_merge=True), "--single process"),
        ("refresh", Choices(force_full=True), "--single --force merge process"),
        ("train", Choices(model="both"), "evaluate"),
        ("train", Choices(warm_start=True), "--warm-start evaluate"),
        ("train", Choices(model="als"), "--single train_als blend evaluate"),
        (
            "train",
            Choices(model="als", warm_start=True),
            "--warm-start --single train_als blend evaluate",
        ),
        ("train", Choices(model="bpr"), "--single train_bpr blend evaluate"),
        (
            "train",
            Choices(force=True),
            "--single --force train_als train_bpr blend evaluate",
        ),
        (
            "train",
            Choices(model="bpr", force=True),
            "--single --force train_bpr blend evaluate",
        ),
    ],
)
def test_options_of_a_repro(job: str, chosen: Choices, expected: str | None) -> None:
    found = repro_options(job, chosen)
    assert (None if found is None else " ".join(found)) == expected


@pytest.mark.parametrize(
    ("job", "chosen", "message"),
    [
        ("train", Choices(skip_merge=True), "--skip-merge is an option of refresh"),
        ("refresh", Choices(warm_start=True), "--warm-start is an option of train"),
        ("health", Choices(force=True), "--force is an option of train, not of health"),
        ("refresh", Choices(skip_merge=True, force_full=True), "exclude each other"),
    ],
)
def test_what_does_not_go_together(job: str, chosen: Choices, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        repro_options(job, chosen)
