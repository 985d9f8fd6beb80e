"""What all files of a shop become together."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ops.init import plan
from ops.init.each_file import asked_of, for_each, product_of
from ops.init.plan import Answers, Interactions, Products, UnclearError
from ops.init.preview import Preview, preview
from ops.init.sniff import Form
from recsys.program.errors import ConfigError
from recsys.program.params import TimeZone, Tree
from recsys.shop_csv.accounts import Limit
from recsys.shop_csv.rating_scale import STARS, Scale
from recsys.shop_csv.times import check_formats


@dataclass
class Found:
    """What was found of all files."""

    interactions: list[Interactions]
    products: list[Products]
    previews: list[Preview]
    merge: dict[str, Any]  # keys of the section merge
    limit: Limit  # of refused rows, from which on merge takes no file

    @property
    def paths(self) -> list[Path]:
        """All files; a table is none."""
        forms = [
            *(one.form for one in self.interactions),
            *(one.form for one in self.products),
        ]
        return [form.path for form in forms if form.table is None]

    @property
    def fault(self) -> str:
        """Why nothing can be made of the files: of one no row is accepted, or so few that merge
        would not take it; "" if there are enough.
        """
        for one, seen in zip(self.interactions, self.previews, strict=True):
            if too_few := seen.too_few(self.limit):
                return (
                    f"{one.form.place}: {too_few}; mend the file, or say what is what with the "
                    f"options of `init --help`; nothing was written"
                )
        return ""

    def source(self) -> dict[str, list[dict[str, Any]]]:
        """The section `source` of params.yaml."""
        tables = [one for one in self.interactions if one.form.table]
        return {
            "interactions": [
                one.entry for one in self.interactions if one not in tables
            ],
            "products": [one.entry for one in self.products],
            "sql": [plan.entry_of_table(one) for one in tables],
        }


def find(
    forms: list[Form],
    product_forms: list[Form],
    answers: Answers,
    tree: Tree,
    now: datetime,
) -> Found:
    """What all files become. UnclearError if a person must say more; ConfigError if two files do
    not go together.
    """
    interactions = []
    for form, said in zip(forms, for_each(forms, answers, now), strict=True):
        with asked_of(form):
            interactions.append(plan.interactions_of(form, said, now))
    bought = frozenset().union(*map(_bought, interactions))
    products = []
    for form in product_forms:
        column = product_of(form, product_forms, answers)
        with asked_of(form):
            products.append(plan.products_of(form, column, bought))
    zone = _zone(interactions, answers, tree)
    formats = _formats(interactions)
    earliest = plan.earliest_of(interactions, tree["merge"]["earliest"])
    scale = _scale(interactions)
    previews = [
        preview(one, tuple(formats), zone, earliest, now) for one in interactions
    ]
    merge = {
        "zone": zone,
        "date_formats": formats,
        "earliest": earliest,
        "rating_scale": list(scale),
    }
    limit = Limit(tree["merge"]["max_refused_share"], tree["merge"]["min_rows"])
    return Found(interactions, products, previews, merge, limit)


def _bought(found: Interactions) -> set[str]:
    """The ids of products in the first rows of a file of interactions."""
    cells = found.form.rows.get(found.roles.product.column, [])
    return {cell.strip() for cell in cells if cell.strip()}


def _zone(found: list[Interactions], answers: Answers, tree: Tree) -> str:
    if answers.zone is None and plan.zone_is_needed(found):
        raise UnclearError(
            f"{found[0].form.place}: its times do not say their zone",
            "--zone",
            "Asia/Ho_Chi_Minh",
        )
    zone = answers.zone or str(tree["merge"]["zone"])
    try:
        return TypeAdapter(TimeZone).validate_python(zone)
    except ValidationError:
        raise UnclearError(
            f"no time zone is named {zone!r}", "--zone", "Asia/Ho_Chi_Minh"
        ) from None


def _formats(found: list[Interactions]) -> list[str]:
    """The formats of all files; and that of drops in the form of the contract."""
    formats = [form for one in found for form in one.formats]
    formats = list(dict.fromkeys([*formats, "iso8601"]))
    try:
        check_formats(formats)
    except ValueError as error:
        raise ConfigError(f"the files do not go together: {error}") from None
    return formats


def _scale(found: list[Interactions]) -> Scale:
    """The scale of all files; of 1 to 5, if some give stars, and then the entries of the others say
    theirs.
    """
    rated = [one for one in found if one.roles.rating.columns]
    scales = {one.scale for one in rated}
    if len(scales) > 1:
        shown = ", ".join(f"{one.form.place}: {one.scale}" for one in rated)
        low, high = next(scale for scale in scales if scale != STARS)
        raise ConfigError(
            f"the files have ratings on several scales ({shown}); bring them to one (1 to 5 is 1 + "
            f"4 x (rating - {low:g}) / {high - low:g} of {low:g} to {high:g}), or if all are on "
            f"one, say which it is with --scale"
        )
    scale = next(iter(scales), STARS)
    if len(rated) < len(found) and scale != STARS:
        for one in rated:
            one.entry["scale"] = list(scale)
        return STARS
    return scale
