"""`python runner.py why-item USER PRODUCT`: why a product stands where it does in a user's list.

reads   what ops/recommendations/source.py says; writes nothing
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy.releases import Places
from ops.recommendations.look import NAME_WIDTH
from ops.recommendations.recommend import Json, Model, User
from ops.recommendations.source import Source, choose
from ops.terminal import aligned, counted, cut
from recsys.program.command_line import enter
from recsys.serving import why
from recsys.serving.why import NEAREST, Bought, Why

Product = Annotated[
    str, typer.Argument(metavar="PRODUCT", help="A product id of your shop.")
]
Nearest = Annotated[
    int, typer.Option("--bought", min=0, max=1000, help="How many purchases to show.")
]


def as_text(source: Source, user: str, found: Why) -> str:
    """All of it, in lines for people."""
    likes = counted(found.likes, "product")
    return "\n".join(
        [
            f"model {found.model_id} ({source.where})",
            f"user {cut(user, NAME_WIDTH)} ({found.how}) {_likes(found, likes)}",
            f"product {_named(found.product_id, found.name)}",
            "",
            *_place(found),
            "",
            *aligned(list(_parts(found))),
            "",
            *_popularity(found),
            *_nearest(found),
        ]
    )


def _likes(found: Why, likes: str) -> str:
    if not found.is_known:
        return "is not known to the model: the list is that of new users"
    return f"likes {likes}"


def _named(product: str, name: str) -> str:
    return f"{cut(product, NAME_WIDTH)} {cut(name, NAME_WIDTH)}".rstrip()


def _place(found: Why) -> list[str]:
    of = f"of {counted(found.of, 'product')} that may be shown"
    if found.rank is not None:
        return [f"rank {found.rank:,} {of}"]
    out = [f"not in the list: {reason}" for reason in found.kept_out]
    return [*out, f"it would have rank {found.rank_if_shown:,}, beside {of[3:]}"]


def _parts(found: Why) -> Iterator[tuple[str, str, str]]:
    """A line a part of the score."""
    yield "PART OF THE SCORE", "POINTS", "RANK WITHOUT IT"
    for name, points in found.parts.items():
        without = found.rank_without.get(name)
        yield name, f"{points:>7.3f}", "" if without is None else f"{without:>8,}"
    yield "score", f"{found.score:>7.3f}", ""


def _popularity(found: Why) -> list[str]:
    by = counted(found.positives, "customer")
    return [f"popularity: liked by {by}, rank {found.popularity_rank:,}"]


def _nearest(found: Why) -> list[str]:
    if not found.nearest:
        return []
    gives = [f"{name.upper()} +" for name in found.nearest[0].gives]
    head = ("LIKENESS", *gives, "PRODUCT", "NAME")
    rows = [head, *(_bought(one) for one in found.nearest)]
    return ["", "what the user likes that is most like it", *aligned(rows)]


def _bought(one: Bought) -> tuple[str, ...]:
    numbers = (one.likeness, *one.gives.values())
    shown = [f"{number:>8.3f}" for number in numbers]
    return *shown, cut(one.product_id, NAME_WIDTH), cut(one.name, NAME_WIDTH)


def main(
    user: User,
    product: Product,
    model: Model = None,
    bought: Nearest = NEAREST,
    as_json: Json = False,
) -> None:
    """Say why a product stands where it does in a user's list, or what keeps it out.

    Exit 3 if the product is unknown. A user who is not known has the list of new users.
    """
    source = choose(Places(Path()), model)
    found = why.why(source.recommender, user, product, bought)
    if as_json:
        said = {"where": source.where, "user_id": user, **asdict(found)}
        print(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        print(as_text(source, user, found))


if __name__ == "__main__":
    enter(main, "runner.py why-item")
