"""`python runner.py similar PRODUCT`: the products that are most like one.

reads   what ops/recommendations/source.py says; writes nothing
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from ops.deploy.releases import Places
from ops.recommendations import look
from ops.recommendations.recommend import Count, Json, Model
from ops.recommendations.source import choose
from recsys.program.command_line import enter
from recsys.serving.recommender import Wish

Product = Annotated[
    str, typer.Argument(metavar="PRODUCT", help="A product id of your shop.")
]


def main(
    product: Product, k: Count = 10, model: Model = None, as_json: Json = False
) -> None:
    """Show the products most like one, by factors and content."""
    source = choose(Places(Path()), model)
    answer = source.recommender.similar(product, Wish(k=k))
    if as_json:
        found = look.as_json(source, answer, product_id=product)
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print(look.of_product(source, product, answer))


if __name__ == "__main__":
    enter(main, "runner.py similar")
