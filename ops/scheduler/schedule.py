"""Section `runner` of params.yaml, typed and checked; the loop gets it as plain `Times`."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt, model_validator

from ops.scheduler.slots import Every, Rule, Times
from ops.scheduler.slots import (
    newest_slot as newest_slot,
)  # for those who have `Params`
from ops.scheduler.slots import next_slot as next_slot
from recsys.program.params import Section, TimeZone

Job = Literal[
    "refresh",
    "embed",
    "train",
    "deploy",
    "court",
    "export",
    "drift",
    "health",
    "cleanup",
]
UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """Seconds of a duration such as 90s, 45m, 3h, 2d. ValueError if it is none."""
    found = re.fullmatch(r"([1-9]\d*)([smhd])", duration, re.ASCII)
    if not found:
        raise ValueError("a number with s, m, h or d is wanted, as in 45m, 3h or 2d")
    return int(found[1]) * UNIT_S[found[2]]


def _check_duration(duration: str) -> str:
    seconds(duration)
    return duration


class JobRule(Section):
    """When a job is due: `at` HH:MM, or for `every: hour` a `minute`."""

    enabled: bool
    every: Every
    at: str | None = None
    minute: Annotated[int, Field(ge=0, le=59)] | None = None
    grace: Annotated[str, AfterValidator(_check_duration)]
    time_limit_s: PositiveInt
    retries: NonNegativeInt

    @model_validator(mode="before")
    @classmethod
    def _check_the_time(cls, value: Any) -> Any:
        if isinstance(value, dict) and "every" in value:
            (_check_hourly if value["every"] == "hour" else _check_daily)(value)
        return value

    @property
    def rule(self) -> Rule:
        """The same as the loop has it."""
        at = self.at if self.at is not None else f":{self.minute:02d}"
        return Rule(
            every=self.every,
            at=at,
            enabled=self.enabled,
            grace_s=seconds(self.grace),
            time_limit_s=self.time_limit_s,
            retries=self.retries,
        )


def _check_hourly(value: dict[str, Any]) -> None:
    """ValueError says what to write instead, for the form of before November 2026 too."""
    if "at" in value:
        found = re.fullmatch(r":?([0-5]?\d)", str(value["at"]), re.ASCII)
        minute = int(found[1]) if found else 0
        raise ValueError(
            f"with `every: hour` write `minute: {minute}` and no `at` (it is {value['at']!r})"
        )
    if "minute" not in value:
        raise ValueError("with `every: hour` a `minute` from 0 to 59 is wanted")


def _check_daily(value: dict[str, Any]) -> None:
    every, at = value["every"], value.get("at")
    if "minute" in value:
        raise ValueError(
            f"with `every: {every}` write `at: HH:MM` and no `minute`; "
            "a minute is for `every: hour`"
        )
    if not isinstance(at, str) or not re.fullmatch(
        r"([01]\d|2[0-3]):[0-5]\d", at, re.ASCII
    ):
        raise ValueError(f"with `every: {every}`, `at` is written HH:MM (it is {at!r})")


class Params(Section):
    """Section `runner` of params.yaml."""

    zone: TimeZone
    export_to: Annotated[str, Field(pattern=r"\.(parquet|csv)$")]
    train_when_trainable: PositiveInt
    on_drift: Literal["alert", "retrain"]
    retrains_a_month: NonNegativeInt
    jobs: dict[Job, JobRule]

    @property
    def times(self) -> Times:
        """The same as the loop has it."""
        rules = {str(job): each.rule for job, each in self.jobs.items()}
        return Times(zone=self.zone, jobs=rules, export_to=self.export_to)
