"""The section engine of params.yaml: what merge, process, train_als and the export run on."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from recsys.program.errors import ConfigError
from recsys.program.params import Section, load

SECTION = "engine"
SPARK = "spark"


class Params(Section):
    """Section `engine`; only `name` counts where it is local."""

    name: Literal["local", "spark"]
    master: str = Field(pattern=r"^(local(\[|-cluster\[|$)|spark://|yarn$|k8s://)")
    partitions: PositiveInt  # parts that a shuffle makes of its rows
    blocks: PositiveInt  # of users, and of items, that ALS is cut into: they show in its bytes
    part_bytes: int = Field(ge=1 << 10, le=1 << 30)  # of a CSV file that a task reads
    memory: str = Field(
        pattern=r"^[1-9][0-9]*[mg]$"
    )  # of the driver, and of an executor
    settings: dict[str, str]  # more of Spark's own, by their names

    @property
    def is_spark(self) -> bool:
        return self.name == SPARK


def engine(params: Path) -> Params:
    """The section of the file. ConfigError as `load` raises it."""
    return load(Params, SECTION, params)


def refuse_spark(params: Path, what: str) -> None:
    """ConfigError where als is fitted by Spark: `what` fits it by the solver of this machine, and
    would say nothing of the model that is served.
    """
    if engine(params).is_spark:
        raise ConfigError(
            f"{params}: engine.name: spark: {what} fits als on this machine, and not by Spark as "
            f"`make repro` does; take --model bpr, or set engine.name: local"
        )
