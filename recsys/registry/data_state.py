"""The data that an evaluation is of: its hash, its counts, and how it was split.

reads   data/processed/interactions.parquet     hashed, not read
        data/processed/data_stats.json          counts, oldest and newest event
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.files.atomic import read_json, sha256_of
from recsys.program.errors import DataError

EVENTS = "interactions.parquet"
STATS = "data_stats.json"
DIGEST = 12  # hex digits: MLflow takes no more than 36


class Stats(BaseModel):
    """What is told of data_stats.json."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    interactions: int
    events: int
    users: int
    trainable_users: int
    items: int
    train_interactions: int
    oldest_event: str | None
    newest_event: str | None

    @property
    def days(self) -> str:
        """The days of the oldest and the newest event, in words."""
        if not self.oldest_event or not self.newest_event:
            return "without dates"
        return f"{self.oldest_event[:10]} to {self.newest_event[:10]}"


@dataclass(frozen=True)
class DataState:
    """The processed data as it stands."""

    sha256: str  # of the events
    stats: Stats
    split: str  # leave_one_out | global_time

    @property
    def digest(self) -> str:
        """The first digits of the hash: a name for the data."""
        return self.sha256[:DIGEST]

    @property
    def newest_day(self) -> str:
        """Of the newest event; "" without dates."""
        return (self.stats.newest_event or "")[:10]

    @property
    def name(self) -> str:
        """For people, in lists."""
        return f"events to {self.newest_day}" if self.newest_day else "events"


def read(processed: Path, split: str) -> DataState:
    """The data in the folder that process writes. DataError names what is missing or torn."""
    path = processed / STATS
    try:
        stats = Stats.model_validate(read_json(path))
        return DataState(sha256_of(processed / EVENTS), stats, split)
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise DataError(
            f"{path}: not what process writes ({place or 'not an object'}); run `dvc repro`"
        ) from None
    except FileNotFoundError:
        raise DataError(
            f"{processed / EVENTS}: no such file; run `dvc repro` to make it"
        ) from None
