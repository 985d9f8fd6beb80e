"""What a user would be shown, or which products are like one: tables for people, JSON for programs.

reads   what ops/recommendations/source.py says; writes nothing
"""

from collections.abc import Sequence
from dataclasses import asdict

from ops.recommendations.source import Source
from ops.terminal import aligned, cut
from recsys.serving.recommender import Answer, Item, KeptPlace

NAME_WIDTH = 60  # columns of a terminal
MOST_BOUGHT = 10  # lines about what a user has bought


def table(items: Sequence[Item]) -> list[str]:
    """A line a product: rank, product, name, score and its parts; and, where places are kept for
    new products, which these are.
    """
    parts = list(items[0].parts) if items else []
    kept = ["PLACE"] if any(isinstance(item, KeptPlace) for item in items) else []
    heads = ("RANK", "PRODUCT", "NAME", "SCORE", *(part.upper() for part in parts))
    rows = [(*heads, *kept)]
    for rank, item in enumerate(items, 1):
        numbers = (item.score, *item.parts.values())
        shown = [f"{number:>7.3f}" for number in numbers]
        name = cut(item.name, NAME_WIDTH)
        place = [item.place if isinstance(item, KeptPlace) else ""] if kept else []
        rows.append((str(rank), cut(item.product_id, NAME_WIDTH), name, *shown, *place))
    return aligned(rows)


def of_user(source: Source, user: str, answer: Answer) -> str:
    """What the user has bought, and what they would be shown."""
    bought = source.recommender.bought_by(user)
    lines = [f"model {answer.model_id} ({source.where})"]
    if bought:
        lines.append(f"user {cut(user, NAME_WIDTH)} ({answer.how}) has bought or rated")
        lines += [f"    {cut(name, NAME_WIDTH)}" for name in bought[:MOST_BOUGHT]]
        if len(bought) > MOST_BOUGHT:
            lines.append(f"    and {len(bought) - MOST_BOUGHT} more")
    else:
        lines.append(
            f"user {cut(user, NAME_WIDTH)} is not known to the model: popular products"
        )
    return "\n".join([*lines, "", *_or_none(answer)])


def of_product(source: Source, product: str, answer: Answer) -> str:
    """The products that are like this one."""
    catalogue = source.recommender.catalogue
    name = catalogue.names[catalogue.item(product)]
    head = f"products like {cut(product, NAME_WIDTH)} {cut(name, NAME_WIDTH)}".rstrip()
    if answer.how != "similar":
        head += f": nothing is known of it ({answer.how})"
    model = f"model {answer.model_id} ({source.where})"
    return "\n".join([model, head, "", *_or_none(answer)])


def not_left_out(unknown: Sequence[str]) -> str:
    """That these products are not in the model, so that nothing is left out for them."""
    shown = ", ".join(repr(cut(product, NAME_WIDTH)) for product in unknown)
    return f"--exclude: not in the model: {shown}; write one product id, and repeat the option"


def _or_none(answer: Answer) -> list[str]:
    return table(answer.items) if answer.items else ["no product is left to show"]


def as_json(source: Source, answer: Answer, **about: object) -> dict[str, object]:
    """The same for programs."""
    items = [
        {"rank": rank, **asdict(item)} for rank, item in enumerate(answer.items, 1)
    ]
    head = {"model_id": answer.model_id, "where": source.where}
    return {**head, **about, "how": answer.how, "items": items}
