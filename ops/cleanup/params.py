"""Section `cleanup` of params.yaml."""

from pydantic import PositiveFloat, PositiveInt

from recsys.program.params import Section


class Params(Section):
    """How much of each kind stays."""

    log_days: PositiveFloat
    keep_checkpoints: PositiveInt  # a model type
    keep_models: PositiveInt  # a model type
    keep_releases: PositiveInt
