"""The section `gate` of params.yaml."""

from pydantic import Field

from recsys.program.params import Section


class GuardrailParams(Section):
    """What a challenger may lose at a guardrail."""

    margin_share: float = Field(gt=0, lt=1)
    margin_errors: float = Field(ge=0)


class Params(Section):
    """Section `gate` of params.yaml."""

    metric: str = Field(pattern=r"^[a-z_]+_at_[1-9][0-9]*$")
    alpha_a_year: float = Field(gt=0, lt=0.5)
    tries_per_year: int = Field(ge=1)
    level: float = Field(gt=0, lt=0.5)
    champion_level: float = Field(gt=0, lt=0.5)
    margin_share: float = Field(gt=0, lt=1)
    margin_errors: float = Field(ge=0)
    refreshes_pooled: int = Field(ge=1)
    gain_share: float = Field(gt=0)
    min_users: int = Field(ge=2)
    exact_below: int = Field(ge=2)
    guardrails: GuardrailParams
