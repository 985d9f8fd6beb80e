"""The section engine of params.yaml: what merge, process, train_als and the export run on."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from recsys.program.errors import ConfigError
from recsys.program.params import Section, checked, read

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


# what a file without the section asks for: one of a stage that is made again, whose outs show
# nothing of the engine
LOCAL = Params(
    name="local",
    master="local",
    partitions=1,
    blocks=1,
    part_bytes=1 << 26,
    memory="1g",
    settings={},
)


def engine(params: Path) -> Params:
    """The section of the file; this machine where it has none. ConfigError as `checked` raises
    it.
    """
    tree = read(params)
    return checked(Params, SECTION, tree, params) if SECTION in tree else LOCAL


def refuse_spark(params: Path, what: str) -> None:
    """ConfigError where als is fitted by Spark: `what` fits it by the solver of this machine, and
    would say nothing of the model that is served.
    """
    if engine(params).is_spark:
        raise ConfigError(
            f"{params}: engine.name: spark: {what} fits als on this machine, and not by Spark as "
            f"`make repro` does; take --model bpr, or set engine.name: local"
        )
