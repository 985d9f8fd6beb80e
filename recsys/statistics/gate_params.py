"""The section `gate` of params.yaml."""

import re

from pydantic import Field, field_validator

from recsys.program.params import Section

# what recsys/ranking/metrics.py knows of a user; a test holds them together
OF_USERS = ("recall", "precision", "hit_rate", "ndcg", "map", "mrr")
DEEPEST = 1000  # a cutoff, as in the section `evaluate`


class GuardrailParams(Section):
    """What a challenger may lose at a guardrail."""

    margin_share: float = Field(gt=0, lt=1)
    margin_errors: float = Field(ge=0)


class Params(Section):
    """Section `gate` of params.yaml."""

    metric: str
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

    @field_validator("metric")
    @classmethod
    def _check_that_it_is_a_metric(cls, value: str) -> str:
        name, _, cutoff = value.rpartition("_at_")
        known = name in OF_USERS and re.fullmatch(r"[1-9][0-9]{0,3}", cutoff)
        if not known or int(cutoff) > DEEPEST:
            raise ValueError(
                f"must be one of {', '.join(OF_USERS)} with a cutoff of {DEEPEST} at most, "
                "e.g. ndcg_at_10"
            )
        return value
