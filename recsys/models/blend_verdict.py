"""metrics/blend.json, typed: what a blend of both models would give, and whether it is offered."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.files.atomic import read_json, write_json
from recsys.program.errors import DataError


class Figures(BaseModel):
    """What the best blend gave on the validation fold, as served."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    users: int  # who judged
    share: float  # of ALS in the sum
    hybrid: dict[str, float]  # its weights
    ndcg_at_10: float
    als_ndcg_at_10: float
    bpr_ndcg_at_10: float
    lead: float  # in ndcg_at_10 over the better one of both
    error: float  # its standard error
    leads_again: list[float] = []  # over each, of fits with another seed


class Verdict(BaseModel):
    """The file; the fields are its keys, in their order."""

    model_config = ConfigDict(frozen=True, strict=True)

    offered: bool
    why: str  # in words
    figures: Figures | None = None  # None where nothing could be judged

    def in_short(self) -> dict[str, float]:
        """The figures that stand beside the models' metrics; {} if nothing was judged."""
        names = {"share", "ndcg_at_10", "lead", "error"}
        return self.figures.model_dump(include=names) if self.figures else {}

    def sentence(self) -> str:
        """One line for people."""
        said = f"blend {'offered' if self.offered else 'not offered'}: {self.why}"
        if (one := self.figures) is None:
            return said
        again = ", ".join(f"{lead:+.4f}" for lead in one.leads_again)
        return (
            f"{said}; with {one.share:g} of als ndcg_at_10 {one.ndcg_at_10:.4f} of {one.users} "
            f"validation users (als {one.als_ndcg_at_10:.4f}, bpr {one.bpr_ndcg_at_10:.4f}), lead "
            f"{one.lead:+.4f} (standard error {one.error:.4f})"
            + (f"; by another seed {again}" if again else "")
        )


def write(path: Path, verdict: Verdict) -> None:
    """Write the file, whole or not at all."""
    write_json(path, verdict.model_dump(exclude_none=True))


def read(path: Path) -> Verdict:
    """The verdict in the file. DataError if it is missing, or not what `write` writes."""
    content = read_json(path)
    try:
        return Verdict.model_validate(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"])) or "offered"
        raise DataError(
            f"{path}: not a verdict on a blend ({key}: {problem['msg']}); delete it and run "
            f"`dvc repro blend`"
        ) from None
