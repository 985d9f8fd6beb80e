"""`python runner.py recommend USER`: what a user would be shown, and why.

reads   what ops/recommendations/source.py says; writes nothing
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy.releases import Places
from ops.recommendations import look
from ops.recommendations.source import choose
from recsys.program.command_line import enter
from recsys.serving.recommender import Wish

Count = Annotated[
    int, typer.Option("-k", min=1, max=1000, help="How many products to show.")
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="ID",
        help="Of this model; else of the one in production, in Staging, or as trained.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
User = Annotated[str, typer.Argument(metavar="USER", help="A user id of your shop.")]
Brand = Annotated[str | None, typer.Option(help="Only products of this brand.")]
Type = Annotated[str | None, typer.Option("--type", help="Only of this type.")]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="PRODUCT", help="Not this one; repeatable.")
]


def main(
    user: User,
    k: Count = 10,
    model: Model = None,
    brand: Brand = None,
    type_: Type = None,
    exclude: Exclude = None,
    as_json: Json = False,
) -> None:
    """Show what a user would be recommended, with the parts of each score."""
    source = choose(Places(Path()), model)
    wish = Wish(k=k, brand=brand, type=type_, exclude=exclude or ())
    answer = source.recommender.recommend(user, wish)
    if answer.unknown:
        print(look.not_left_out(answer.unknown), file=sys.stderr)
    if as_json:
        bought = source.recommender.bought_by(user)
        found = look.as_json(source, answer, user_id=user, bought=bought)
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print(look.of_user(source, user, answer))


if __name__ == "__main__":
    enter(main, "runner.py recommend")
