"""What a model says of itself: its manifest.json, typed, and the id that names the model by it.

<folder>/factors.npz     user_factors (users, f), item_factors (items, f) float32, and the ids
<folder>/curve.json      what training reported, a row an iteration or epoch
<folder>/manifest.json   type, params, shapes, and the hashes of the other two; written last
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.files.atomic import read_json, sha256_of, sha256_of_json, write_json
from recsys.models.offered import MANIFEST
from recsys.program.errors import DataError
from recsys.ranking.weights import MOST_NEW_PLACES

FACTORS = "factors.npz"
CURVE = "curve.json"
FILES = (FACTORS, CURVE, MANIFEST)
LEARNED = "learned.npz"  # beside them (recsys/models/learned.py); a blend has none

# a key that a later version adds is kept: else the model would have another id here
KEEPS_MORE = ConfigDict(frozen=True, strict=True, extra="allow")


class ColdClass(BaseModel):
    """Whether a class of cold items has rows from their texts, and by what figures
    (cold_items.Verdict).
    """

    model_config = KEEPS_MORE

    used: bool


class ColdStart(BaseModel):
    """Which cold items have rows from their texts."""

    model_config = KEEPS_MORE

    used: bool  # for any class
    # by the number of positives (cold_items.Class); an older model had one verdict on all
    classes: dict[str, ColdClass] | None = None
    hidden_items: int | None = None

    def used_for(self) -> list[str] | None:
        """The names of the classes; None for all of them."""
        if self.classes is None:
            return None if self.used else []
        return [name for name, one in self.classes.items() if one.used]


class Setting(BaseModel):
    """A setting that training has tried on the validation fold."""

    model_config = KEEPS_MORE

    name: str
    changes: dict[str, Any]  # what it has otherwise than the section
    hybrid: dict[str, float]  # its best weights
    ndcg_at_10: float  # with them
    ndcg_at_10_as_given: float  # with the weights of the section


class Search(BaseModel):
    """What training has tried, and what it took (recsys/models/choice.py)."""

    model_config = KEEPS_MORE

    users: int  # of the validation fold, who judged
    settings: list[Setting]
    taken: str  # the name of a setting, or `params.yaml`: its weights too
    changes: dict[str, Any]  # what was fitted otherwise than the section says
    lead: float  # in ndcg_at_10 over the section as it is: of what was taken, else of the best
    error: float  # its standard error
    leads_again: list[float]  # of those that were fitted with another seed, in turn


class JudgedPlaces(BaseModel):
    """What some places of ten for new items would give, and cost; changes are from none, of the
    validation fold, with their 95 % intervals (recsys/models/new_items.py).
    """

    model_config = KEEPS_MORE

    places: int
    hidden_users: int  # who take an item next that the fit has not seen
    hidden_recall_at_10: float
    hidden_recall_at_10_without: float  # with no place kept
    fold_users: int
    recall_at_10_change: float
    recall_at_10_change_low: float
    recall_at_10_change_high: float
    ndcg_at_10_change: float
    ndcg_at_10_change_low: float
    ndcg_at_10_change_high: float
    ndcg_at_10_change_error: float  # its standard error


class NewItems(BaseModel):
    """How many of every ten places of a list are for new items."""

    model_config = KEEPS_MORE

    places: int = Field(ge=0, le=MOST_NEW_PLACES)
    judged: list[JudgedPlaces] = []  # what others would give


class Notes(BaseModel):
    """What training found out and people want to know."""

    model_config = KEEPS_MORE

    embedding_space: str | None = None  # the encoder and dimension of the embeddings
    cold_start: ColdStart | None = None
    served: dict[str, float] | None = None  # the hybrid weights that rank
    new_items: NewItems | None = None  # an older model kept no places for them
    search: Search | None = None
    # of a warm start: what was fitted otherwise than the section says, as its model was
    followed: dict[str, Any] | None = None
    epochs: int | None = None  # of bpr
    loss: dict[str, Any] | None = None  # of bpr: what was tried, and what is served

    @property
    def changes(self) -> dict[str, Any]:
        """What was fitted otherwise than the section says, by a search now or before."""
        return (self.search.changes if self.search else self.followed) or {}

    @property
    def validation_ndcg(self) -> float | None:
        """ndcg_at_10 of the validation fold, as it serves; None where nothing was chosen by it."""
        tried = self.search.settings if self.search else []
        for one in tried:
            if self.search and one.name == self.search.taken:
                is_best = one.hybrid == self.served
                return one.ndcg_at_10 if is_best else one.ndcg_at_10_as_given
        return None


class Manifest(BaseModel):
    """A model's type, what it was made of, and the hashes of its files."""

    model_config = KEEPS_MORE

    model_type: str
    params: dict[str, Any] = {}
    inputs: dict[str, str] = {}  # sha256 by file name, for lineage
    new_user: dict[
        str, Any
    ] = {}  # the rule for new users (recsys/models/fold_in.py), or nothing
    notes: Notes = Notes()
    shapes: dict[str, list[int]] = {}
    sha256: dict[str, str]  # of FACTORS and CURVE

    @property
    def model_id(self) -> str:
        """`<type>-<first 12 hex digits of the manifest's hash>`: the same name everywhere."""
        return f"{self.model_type}-{sha256_of_json(self.as_json())[:12]}"

    @property
    def has_cold_rows(self) -> bool:
        """Whether the rows of cold items are made from their texts."""
        return self.notes.cold_start is not None and self.notes.cold_start.used

    def as_json(self) -> dict[str, Any]:
        """The keys that were given, in their order; those left out stay out."""
        return self.model_dump(exclude_unset=True)

    def write(self, folder: Path) -> None:
        """Write manifest.json, whole or not at all."""
        write_json(folder / MANIFEST, self.as_json())


def read(folder: Path) -> Manifest:
    """The manifest in `folder`; the files beside it are not looked at.

    DataError that names the file if it is missing, torn or no manifest.
    """
    path = folder / MANIFEST
    content = read_json(path)
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise DataError(
            f"{path}: {_wrong_part(error)}; run `dvc repro` to make it"
        ) from None


def read_checked(folder: Path) -> Manifest:
    """The manifest in `folder`, after its files were checked against their hashes.

    DataError that names the file that is missing, torn or not the one of the manifest.
    """
    manifest = read(folder)
    for name in (FACTORS, CURVE):
        path = folder / name
        if not path.is_file() or sha256_of(path) != manifest.sha256.get(name):
            raise DataError(
                f"{path}: missing or not the file of the manifest; run `dvc repro` to make it"
            )
    return manifest


def _wrong_part(error: ValidationError) -> str:
    """The first part of a manifest that is wrong, in words."""
    place = error.errors(include_url=False)[0]["loc"]
    if not place:
        return "not a manifest"
    part = ".".join(str(key) for key in place)
    return f"not a manifest, {part!r} is not what it should be"
