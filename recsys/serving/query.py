"""What the query of a list says: k, exclude, brand, type. Read by hand, as every request has one.

FastAPI's own reading of five parameters costs more than a list does.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from recsys.program.errors import ConfigError
from recsys.serving.messages import MOST
from recsys.serving.recommender import Wish

KNOWN = ("k", "exclude", "brand", "type")
LONGEST = 1000  # characters of a value
SHOWN = 60  # characters of a wrong value in a message
KEPT = 1000  # queries that are not read again: most requests have one of a few
DIGITS = len(str(MOST))


@lru_cache(maxsize=KEPT)
def wish_of(query: bytes) -> Wish:
    """The list that is wished for. ConfigError names the first parameter that is wrong."""
    if not query:
        return Wish()
    found: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        if name not in KNOWN:
            raise ConfigError(
                f"{name[:SHOWN]}: no parameter; known are {', '.join(KNOWN)}"
            )
        if len(value) > LONGEST:
            raise ConfigError(f"{name}: more than {LONGEST} characters")
        found.setdefault(name, []).append(value)
    for name in ("k", "brand", "type"):
        if len(found.get(name, ())) > 1:
            raise ConfigError(f"{name}: given twice")
    return Wish(
        _count(found.get("k", ["10"])[0]),
        tuple(found.get("exclude", ())),
        found.get("brand", [None])[0],
        found.get("type", [None])[0],
    )


def product_of(query: bytes) -> str:
    """The one product that is asked about. ConfigError unless it is all that is asked."""
    found = _pairs(query)
    if [name for name, _ in found] != ["product"]:
        raise ConfigError("product: one product id is needed, and no other parameter")
    if len(found[0][1]) > LONGEST:
        raise ConfigError(f"product: more than {LONGEST} characters")
    return found[0][1]


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST + 3
        )
    except ValueError:
        raise ConfigError(f"more than {MOST} products to exclude") from None


def _count(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= DIGITS
    if not is_number or not 1 <= int(text) <= MOST:
        raise ConfigError(
            f"k: a number from 1 to {MOST} is needed, not {text[:SHOWN]!r}"
        )
    return int(text)


def described(name: str, example: str, words: str) -> dict[str, Any]:
    """The part of the OpenAPI page about a route whose path ends in {name} and that has a query."""
    text, count = {"type": "string"}, {"type": "integer", "minimum": 1, "maximum": MOST}
    several = {"type": "array", "items": text}
    return {
        "parameters": [
            _parameter(name, "path", text, words, example),
            _parameter("k", "query", count | {"default": 10}, "How many products.", 10),
            _parameter("exclude", "query", several, "Not to show; repeatable.", []),
            _parameter("brand", "query", text, "Only products of this brand."),
            _parameter("type", "query", text, "Only products of this type."),
        ]
    }


def described_why(user: str, product: str) -> dict[str, Any]:
    """The part of the OpenAPI page about a product in a user's list."""
    text = {"type": "string"}
    asked = _parameter("product", "query", text, "A product id of your shop.", product)
    who = _parameter("user_id", "path", text, "A user id; any will do.", user)
    return {"parameters": [who, {**asked, "required": True}]}


def _parameter(
    name: str, place: str, schema: dict[str, Any], words: str, example: Any = None
) -> dict[str, Any]:
    made = {"name": name, "in": place, "schema": schema, "description": words}
    shown = {} if example in (None, []) else {"example": example}
    return {**made, **shown, "required": place == "path"}
