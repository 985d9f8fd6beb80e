"""What a check of health is: what is well, what is not, and what to do then.

What is missing is critical, never ok. What nobody can mend is never critical: the sample that is
shipped grows old, and that is no fault.

The exit code of a critical check says what it looks at:

    3   data: files that are missing or not those of dvc.lock, too old, or no statistics
    4   models: none in production, its files, or its recall too low
    6   store: a database cannot be read, or the vectors are not those of the products
    7   service
    8   disk
    70  pipelines: too many runs have failed, whatever the reason; their logs say which
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ops.deploy.deployment_log import DATABASE
from ops.deploy.service_client import Service
from recsys.program.errors import (
    DataError,
    DiskError,
    GateError,
    ServiceError,
    StoreError,
    UserError,
)
from recsys.program.params import Section

Level = Literal["ok", "warning", "critical"]
LEVELS: tuple[Level, ...] = get_args(Level)
Component = Literal["data", "models", "service", "store", "pipelines", "disk"]
COMPONENTS: tuple[Component, ...] = get_args(Component)
EXIT_CODES: dict[Component, int] = {
    "data": DataError.exit_code,
    "models": GateError.exit_code,
    "service": ServiceError.exit_code,
    "store": StoreError.exit_code,
    "pipelines": UserError.exit_code,
    "disk": DiskError.exit_code,
}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
GB = 10**9
Share = Annotated[float, Field(ge=0, le=1)]


class Params(Section):
    """Section `health` of params.yaml."""

    max_data_age_days: PositiveFloat
    max_model_age_days: PositiveFloat
    min_recall_at_10: NonNegativeFloat
    max_latency_s: PositiveFloat
    min_success_rate: Share
    success_days: PositiveInt
    stale_run_hours: PositiveFloat
    min_free_gb: NonNegativeFloat
    warn_free_gb: NonNegativeFloat
    warn_full_days: NonNegativeFloat
    max_database_gb: PositiveFloat


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    component: Component
    name: str
    level: Level
    value: str
    threshold: str = ""
    next_step: str = ""  # nothing to do

    @property
    def exit_code(self) -> int:
        """Of the program, if this is the first critical one."""
        return EXIT_CODES[self.component]


@dataclass(frozen=True)
class Subject:
    """What is looked at, and by which limits.

    `is_job`: the look is the job's, which may write down what it has seen (state/health.json, and
    that a pending deployment is served by now).
    """

    root: Path
    mlruns: Path
    state: Path
    params: Params
    service: Service | None
    now: datetime
    is_job: bool = False

    @property
    def db(self) -> Path:
        """The runner's database."""
        return self.state / DATABASE


Looks = Sequence[tuple[str, Callable[[], Check]]]


def of(component: Component, looks: Looks) -> list[Check]:
    """The checks of a component; one that cannot be made is critical, and says why."""
    return [_or_critical(component, name, look) for name, look in looks]


def _or_critical(component: Component, name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except UserError as error:
        return Check(component, name, "critical", "unknown", "", str(error))
    except OSError as error:
        step = f"{error.filename or name}: {error.strerror}; see that it can be read"
        return Check(component, name, "critical", "unknown", "", step)


def overall(checks: Sequence[Check]) -> Level:
    """The worst level; ok if nothing was looked at."""
    return max((check.level for check in checks), key=LEVELS.index, default="ok")


def exit_code(checks: Sequence[Check]) -> int:
    """0, or the code of the first critical check."""
    return next((check.exit_code for check in checks if check.level == "critical"), 0)


def of_age(age_days: float, limit: float, level: Level, step: str) -> tuple[Level, str]:
    """Level and next step of an age in days: `level` above the limit, a warning in the future."""
    if age_days < 0:
        future = "it lies in the future: check this machine's clock and the zone in params.yaml"
        return "warning", future
    return (level, step) if age_days > limit else ("ok", "")
